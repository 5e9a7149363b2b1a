"""The module and the command as their users see them."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from rich.console import Console

from plugins.module_utils.leftovers.finding import Finding, Kind
from plugins.module_utils.leftovers.table import table
from plugins.module_utils.preflight.host import Host
from plugins.modules.leftovers import DOCUMENTATION, argument_spec, scope_of
from pyrunner.cli.teardown import PROOF_TASK, STYLES, show
from pyrunner.paths import REPOSITORY
from tests.builders.modules import documented, run_module

if TYPE_CHECKING:
    from pathlib import Path


def test_the_documentation_tells_the_parameters() -> None:
    assert documented(DOCUMENTATION) == argument_spec()


def test_it_finds_what_is_left_and_leaves_it(tmp_path: Path) -> None:
    overlay = tmp_path / "run/c/vm1/overlay.qcow2"
    overlay.parent.mkdir(parents=True)
    overlay.touch()
    found = run_module("leftovers", f"state_dir={tmp_path}", "ports=1")
    assert found["changed"] is False
    assert [entry["kind"] for entry in found["left"]] == ["overlays", "folders"]
    assert any(str(overlay) in line for line in found["table"])
    assert overlay.exists()


@pytest.mark.parametrize(
    ("params", "says"),
    [
        ({"state_dir": "/"}, "state_dir is /"),
        ({"state_dir": "run"}, "state_dir is run"),
        ({"state_dir": "/s", "huge_pages": {"2M": 4}}, "huge_pages is"),
    ],
)
def test_wrong_parameters_are_named(params: dict[str, Any], says: str) -> None:
    given = {name: option.get("default") for name, option in argument_spec().items()}
    with pytest.raises(ValueError, match=says):
        scope_of({**given, **params}, Host())


def test_the_playbook_shows_the_table_in_the_task_that_the_command_waits_for() -> None:
    tasks = yaml.safe_load((REPOSITORY / "playbooks/tasks/leftovers.yml").read_text("utf-8"))
    (shown,) = [task for task in tasks if task["name"] == PROOF_TASK]
    assert shown["ansible.builtin.debug"]["msg"] == "{{ testbed_left.table }}"


def test_the_command_shows_every_line() -> None:
    kind = Kind("mounts", "mounts")
    answers = [kind.judged([Finding("/s/x (tmpfs)", "umount /s/x")]), kind.judged([])]
    answers += [kind.skipped("no [tracefs]")]
    assert {answer.status for answer in answers} == set(STYLES)
    console = Console(file=io.StringIO(), width=40)
    show(console, "epyc1", table(answers))
    assert isinstance(console.file, io.StringIO)
    assert console.file.getvalue().splitlines() == [
        "epyc1",
        "  left     mounts",
        "           /s/x (tmpfs)",
        "           -> umount /s/x",
        "  none     mounts",
        "  skipped  mounts  no [tracefs]",
    ]
