"""What a user sets on the command line: read as YAML, refused early, with a suggestion."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pyrunner.errors import UsageError
from pyrunner.plays.variables import parse, words

if TYPE_CHECKING:
    from pathlib import Path


def test_values_are_what_they_look_like() -> None:
    found = parse(["fleet_memory_mib=512", "stress_ng_benchmarks=[fork, pipe]", "fleet_cmdline="])
    assert found == {
        "fleet_memory_mib": 512,
        "stress_ng_benchmarks": ["fork", "pipe"],
        "fleet_cmdline": "",
    }


def test_a_value_may_have_an_equals_sign() -> None:
    assert parse(["fleet_cmdline=console=ttyS0"]) == {"fleet_cmdline": "console=ttyS0"}


def test_a_mapping_and_a_file_are_taken_as_ansible_takes_them(tmp_path: Path) -> None:
    file = tmp_path / "site.yml"
    file.write_text("fleet_memory_mib: 512\nfleet_vcpus: 1\n")
    found = parse([f"@{file}", '{"svsm_crates": {"packit": "/src/packit"}, "fleet_vcpus": 2}'])
    crates = {"packit": "/src/packit"}
    assert found == {"fleet_memory_mib": 512, "fleet_vcpus": 2, "svsm_crates": crates}


def test_a_misspelt_name_in_a_mapping_is_refused() -> None:
    with pytest.raises(UsageError, match="-e fleet_memory_mb: no role knows"):
        parse(["{fleet_memory_mb: 512}"])


def test_a_misspelt_name_is_refused_with_what_was_meant() -> None:
    with pytest.raises(UsageError, match="-e fleet_memory_mb: no role knows") as caught:
        parse(["fleet_memory_mb=512"])
    assert "fleet_memory_mib" in caught.value.hint


@pytest.mark.parametrize(
    "setting",
    ["fleet_size", "fleet_size=[1", "=3", "{1: 2}", "{fleet_vcpus", "@/nowhere.yml", "@/dev/null"],
)
def test_what_is_no_setting_is_refused(setting: str) -> None:
    with pytest.raises(UsageError):
        parse([setting])


def test_ansibles_own_variables_pass() -> None:
    assert parse(["ansible_user=testbed"]) == {"ansible_user": "testbed"}


def test_lists() -> None:
    assert words("all", "--variants", ("plain",), "all") == "all"
    assert words("plain", "--variants", ("plain", "cvm"), "all") == ["plain"]


@pytest.mark.parametrize("text", ["foo", "plain,all", "plain,", ""])
def test_words_that_cannot_be(text: str) -> None:
    with pytest.raises(UsageError, match="choose from all, plain"):
        words(text, "--variants", ("plain", "cvm"), "all")
