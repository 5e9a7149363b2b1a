"""The command ``./testbed preflight`` for recorded hosts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from pyrunner.cli import preflight as module
from tests.preflight.recordings import HOSTS, NAMES, ROOT

if TYPE_CHECKING:
    from pathlib import Path


def run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(module.preflight, list(arguments))
    return result.exit_code, result.output


def test_a_recorded_host_for_real() -> None:
    status, text = run("--recorded", str(HOSTS / "epyc-clock-hpet"))
    assert status == 0, text
    assert "hpet, not tsc" in text
    assert "plain    runs on backend snp" in text


@pytest.mark.parametrize(("options", "shown"), [([], "summary"), (["-v"], "table")])
def test_what_is_ok_is_shown_if_asked_for(
    monkeypatch: pytest.MonkeyPatch, options: list[str], shown: str
) -> None:
    asked: list[tuple[dict[str, object], str]] = []

    def look(_inventory: str, variables: dict[str, object], what: str) -> int:
        asked.append((variables, what))
        return 0

    monkeypatch.setattr(module, "look", look)
    folder = HOSTS / "epyc-milan"
    assert run("--recorded", str(folder), *options)[0] == 0
    assert asked == [({"preflight_sysroot": str(folder)}, shown)]


def test_a_folder_without_a_recording(tmp_path: Path) -> None:
    status, text = run("--recorded", str(tmp_path))
    assert status == 2
    assert "no recorded.json" in text


def test_a_recording_is_not_looked_for_on_other_hosts() -> None:
    status, text = run("--recorded", str(HOSTS / "epyc-milan"), "-i", "inventories/epyc")
    assert status == 2
    assert "leave --inventory out" in text


def test_every_recording_is_described() -> None:
    readme = (ROOT / "tests/data/preflight/README.md").read_text("utf-8")
    assert [name for name in NAMES if f"`{name}`" not in readme] == []
