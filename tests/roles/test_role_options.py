"""Every role's documented variables as one specification."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import yaml
from ansible.errors import AnsibleFilterError

from plugins.filter.role_options import misspelt, role_options
from pyrunner.paths import REPOSITORY

if TYPE_CHECKING:
    from pathlib import Path

ROLES = REPOSITORY / "roles"
TYPING = ("type", "elements", "choices")


def write(roles: Path, role: str, text: str) -> None:
    """Give a role of that name a specification."""
    (roles / role / "meta").mkdir(parents=True)
    (roles / role / "meta/argument_specs.yml").write_text(text, encoding="utf-8")


def test_options_of_all_roles_and_entry_points_come_together(tmp_path: Path) -> None:
    number = {"type": "int", "default": 1, "required": True, "description": "How many."}
    entries = {"main": {"options": {"one_n": number}}, "run": {"options": {"one_m": number}}}
    write(tmp_path, "one", yaml.safe_dump({"argument_specs": entries}))
    write(tmp_path, "two", yaml.safe_dump({"argument_specs": {"main": {}}}))
    assert role_options(str(tmp_path)) == {"one_n": {"type": "int"}, "one_m": {"type": "int"}}


@pytest.mark.parametrize("text", ["argument_specs: [", "other: {}", "argument_specs: {main: }"])
def test_a_broken_specification_is_named(tmp_path: Path, text: str) -> None:
    write(tmp_path, "broken", text)
    with pytest.raises(AnsibleFilterError, match=r"broken/meta/argument_specs\.yml"):
        role_options(str(tmp_path))


def documented() -> list[tuple[str, dict[str, Any]]]:
    """Every variable with its specification, once for each place that documents it."""
    files = sorted(ROLES.glob("*/meta/argument_specs.yml"))
    specs = [yaml.safe_load(path.read_text("utf-8"))["argument_specs"] for path in files]
    entries = [entry.get("options", {}) for spec in specs for entry in spec.values()]
    return [pair for options in entries for pair in options.items()]


def test_a_variable_means_the_same_wherever_it_is_documented() -> None:
    merged = role_options(str(ROLES))
    assert set(merged) == {name for name, _ in documented()}
    for name, option in documented():
        assert {key: option.get(key) for key in TYPING} == {
            key: merged[name].get(key) for key in TYPING
        }, name


def test_a_misspelt_name_is_told_with_what_was_meant() -> None:
    told = misspelt(["testbed_repeat", "fleet_size", "fleet_x", "x_size"], str(ROLES), ["fleet_x"])
    assert told == [
        "testbed_repeat is not a variable of the testbed; testbed_repeats was probably meant"
    ]


def test_a_name_like_no_other_is_told_alone() -> None:
    assert misspelt(["fleet_qqqqqqqqq"], str(ROLES)) == [
        "fleet_qqqqqqqqq is not a variable of the testbed"
    ]
