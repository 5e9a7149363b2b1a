"""The module and the role as Ansible sees them."""

from __future__ import annotations

import os

import pytest
import yaml

from plugins.module_utils.preflight.table import summary, table
from plugins.modules.preflight_facts import DOCUMENTATION, argument_spec
from tests.builders.modules import documented, run_module
from tests.preflight.recordings import HOSTS, NAMES, ROOT, as_meant, look, role_defaults

ROLE_ONLY = {"stop_on_error"}
DIFFERENT = {"state_dir", "commands", "packages_pending"}
"""What the role sets otherwise than the module: a folder of its own, its tools, its place."""

GOLDEN = ROOT / "tests/data/preflight_tables"
"""After a wanted change, write the tables anew and read the difference:

GOLDEN_WRITE=1 .venv/bin/pytest tests/preflight/test_module.py; git diff tests/data/preflight_tables
"""


def test_the_documentation_tells_the_parameters() -> None:
    assert documented(DOCUMENTATION) == argument_spec()


def test_the_role_passes_every_parameter() -> None:
    tasks = yaml.safe_load((ROOT / "roles/preflight/tasks/main.yml").read_text("utf-8"))
    passed = tasks[0]["preflight_facts"]
    assert passed == {name: f"{{{{ preflight_{name} }}}}" for name in argument_spec()}


def test_the_role_has_the_modules_defaults() -> None:
    spec = argument_spec()
    defaults = role_defaults()
    assert set(defaults) == set(spec) | ROLE_ONLY
    for name in set(spec) - DIFFERENT:
        assert defaults[name] == spec[name]["default"], name


def test_it_runs_in_check_mode_and_changes_nothing() -> None:
    recorded = f"sysroot={HOSTS / 'epyc-milan'}"
    found = run_module("preflight_facts", "state_dir=/var/lib/svsm-testbed", recorded)
    expected = look("epyc-milan", commands=[])
    assert found["changed"] is False
    assert found["preflight"] == expected
    assert found["table"] == table(expected)
    assert found["summary"] == summary(expected)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["state_dir=/s", "vm_vcpus=0"], "vm_vcpus is 0"),
        (["state_dir=/s", "sysroot=/nonexistent"], "no recorded host"),
    ],
)
def test_wrong_parameters_fail_with_their_name(arguments: list[str], message: str) -> None:
    assert message in run_module("preflight_facts", *arguments)["msg"]


def test_the_table_shows_every_check_with_its_hint() -> None:
    found = look("small-memory")
    text = "\n".join(table(found))
    for check in found["checks"]:
        assert check["detail"] in text
        assert check["hint"] in text
    assert "cvm      skipped: SEV-SNP: " in text


@pytest.mark.parametrize("host", NAMES)
def test_the_summary_is_as_it_was(host: str) -> None:
    text = "\n".join(summary(as_meant(host))) + "\n"
    golden = GOLDEN / f"{host}.txt"
    if os.environ.get("GOLDEN_WRITE"):
        golden.write_text(text, encoding="utf-8")
    assert text == golden.read_text("utf-8")


def test_no_golden_table_is_left_over() -> None:
    assert sorted(path.stem for path in GOLDEN.iterdir()) == NAMES


@pytest.mark.parametrize("host", NAMES)
def test_the_summary_names_every_check(host: str) -> None:
    found = as_meant(host)
    text = "\n".join(summary(found))
    for check in found["checks"]:
        assert check["title"] in text
        if check["status"] != "ok" and not check["hint"].startswith("First "):
            assert check["hint"] in text
