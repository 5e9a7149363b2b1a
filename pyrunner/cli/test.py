"""The ``test`` command: every check of this repository."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Final

import click

from pyrunner.cli import options
from pyrunner.paths import REPOSITORY, RUNNER

if TYPE_CHECKING:
    from pathlib import Path

PYTHON: Final = sys.executable
MOST_JOBS: Final = 4

LINTS: Final = {
    "ruff": ["ruff", "check", "."],
    "ruff format": ["ruff", "format", "--check", "."],
    "mypy": ["mypy"],
    "yamllint": ["yamllint", "--strict", "."],
    "ansible-lint": ["ansible-lint", "--offline"],
    "role READMEs": [PYTHON, "-m", "pyrunner.docs_gen", "--check"],
}
"""Name to command; each is quick and needs nothing but the repository."""


@click.command(context_settings=options.CONTEXT)
@click.option("--slow", is_flag=True, help="Also what takes minutes: every fault, real builds.")
@click.option(
    "--only",
    type=click.Choice(["lint", "unit", "molecule"]),
    multiple=True,
    help="Run only these parts; may be repeated.",
)
@click.option(
    "--jobs",
    type=click.IntRange(min=1),
    help="Molecule scenarios at the same time; by default one a processor, four at most.",
)
def test(*, slow: bool, only: tuple[str, ...], jobs: int | None) -> None:
    """Run all tests: linters, unit tests, tests with real VMs, molecule scenarios of every role.

    Installs what they need (packages, the guest image) as `./testbed run` would. Takes about a
    quarter of an hour on two cores. Logs are in .runner/tests.

    Exit status: 0 all passed, 1 something failed.
    """
    logs = RUNNER / "tests"
    logs.mkdir(parents=True, exist_ok=True)
    results: dict[str, int] = {}
    if not only or "lint" in only:
        results |= {name: step(name, command, logs) for name, command in LINTS.items()}
    if not only or "unit" in only:
        results["components"] = step("components", prepare(slow=slow), logs)
        results["pytest"] = step("pytest", pytest(slow=slow), logs, show=True)
    if not only or "molecule" in only:
        results |= molecule(logs, slow=slow, jobs=jobs)
    raise SystemExit(conclude(results))


def prepare(*, slow: bool) -> list[str]:
    """Build what tests with VMs need: the same as the first minutes of `run`."""
    playbooks = ["playbooks/preflight.yml", "playbooks/host.yml", "playbooks/build.yml"]
    variants = "all" if slow else "plain"  # QEMU with SEV-SNP takes minutes to build
    settings = ["testbed_suites=stress_ng", f"testbed_variants={variants}"]
    settings += ["build_svsm_tests=true"] if slow else []
    return ["ansible-playbook", *playbooks, *(f"-e{setting}" for setting in settings)]


def pytest(*, slow: bool) -> list[str]:
    """Pytest's command."""
    return [PYTHON, "-m", "pytest", "--durations=10", *([] if slow else ["-m", "not slow"])]


def molecule(logs: Path, *, slow: bool, jobs: int | None) -> dict[str, int]:
    """Run every molecule scenario; where one fails, show the end of its log.

    Args:
        logs: folder for their logs.
        slow: also slow ones; they build, and take all processors each.
        jobs: how many at the same time; None for what suits the machine.
    """
    from pyrunner.cli.molecule_runs import run_scenarios, scenarios  # noqa: PLC0415 - only here

    fitting = 1 if slow else min(os.cpu_count() or 1, MOST_JOBS)
    ended = run_scenarios(scenarios() if slow else None, logs, jobs or fitting)
    for name, (status, _) in ended.items():
        if status:
            tail(logs / f"molecule-{name}.log")
    return {f"molecule {name}": status for name, (status, _) in ended.items()}


def step(name: str, command: list[str], logs: Path, *, show: bool = False) -> int:
    """Run one command; its output goes to a log, and to the console if it failed or `show`."""
    began = time.monotonic()
    log = logs / f"{name.replace(' ', '-')}.log"
    with log.open("wb") as out:
        sink = None if show else out
        ended = subprocess.run(
            command, cwd=REPOSITORY, stdout=sink, stderr=sink, env=os.environ, check=False
        )
    verdict = "ok" if ended.returncode == 0 else f"FAILED ({ended.returncode})"
    click.echo(f"{name:<24} {verdict:<12} {time.monotonic() - began:6.1f} s")
    if ended.returncode and not show:
        tail(log)
    return ended.returncode


def tail(log: Path) -> None:
    """Show the end of a log: in CI nobody can open it afterwards."""
    click.echo(log.read_text(encoding="utf-8", errors="replace")[-6000:])


def conclude(results: dict[str, int]) -> int:
    """Print the outcome; returns the exit status."""
    failed = [name for name, status in results.items() if status]
    for name in failed:
        click.echo(f"failed: {name}, see {RUNNER / 'tests'}")
    click.echo(f"{len(results) - len(failed)} passed, {len(failed)} failed")
    return 1 if failed else 0
