"""Which scenarios run, and what is told of them."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from pyrunner.cli import molecule_runs
from pyrunner.cli.molecule_runs import run_scenarios, scenarios
from pyrunner.errors import UsageError
from pyrunner.paths import REPOSITORY

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def outcome(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the scenarios that would have run; ``fleet`` fails."""
    ran: list[str] = []

    def run_one(name: str, _log: Path, _ports: int) -> tuple[int, float]:
        ran.append(name)
        return int(name == "fleet"), 1.5

    monkeypatch.setattr(molecule_runs, "run_one", run_one)
    return ran


def test_every_role_has_a_scenario() -> None:
    roles = {path.parts[-3] for path in REPOSITORY.glob("roles/*/tasks/main.yml")}
    assert roles - set(scenarios()) == set()


def test_slow_ones_run_only_when_named(outcome: list[str], tmp_path: Path) -> None:
    run_scenarios(None, tmp_path / "logs")
    slow = {name for name in scenarios() if name.endswith("_slow")}
    assert set(outcome) == set(scenarios()) - slow
    assert slow


def test_those_named_run_in_that_order_and_a_failure_stops_nobody(
    outcome: list[str], tmp_path: Path
) -> None:
    wanted = ["settings", "fleet", "artifact"]
    ended = run_scenarios(wanted, tmp_path)
    assert ended == {"settings": (0, 1.5), "fleet": (1, 1.5), "artifact": (0, 1.5)}
    assert outcome == wanted


def test_those_that_run_at_the_same_time_have_ports_of_their_own(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    both = threading.Barrier(2, timeout=30)
    pairs: list[set[int]] = [set(), set()]

    def run_one(name: str, _log: Path, ports: int) -> tuple[int, float]:
        both.wait()
        pairs[name in ("settings", "fleet")].add(ports)
        return 0, 1.5

    monkeypatch.setattr(molecule_runs, "run_one", run_one)
    names = ["settings", "fleet", "artifact", "source"]
    assert list(run_scenarios(names, tmp_path, jobs=2)) == names
    assert pairs == [{43000, 43010}] * 2


def test_an_unknown_one_is_refused_before_any_runs(outcome: list[str], tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no scenario fleeet"):
        run_scenarios(["settings", "fleeet"], tmp_path)
    assert outcome == []
