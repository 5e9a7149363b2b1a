"""Run the role tests, molecule's scenarios, one after the other."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Final

import click

from pyrunner.errors import UsageError
from pyrunner.paths import REPOSITORY

SLOW: Final = "_slow"
"""A scenario whose name ends so takes minutes and network: it runs only when it is named."""


def scenarios() -> list[str]:
    """Names of all scenarios, slow ones included: the folders with a ``molecule.yml``."""
    return sorted(path.parent.name for path in REPOSITORY.glob("molecule/*/molecule.yml"))


def run_scenarios(names: list[str] | None, log_dir: Path) -> dict[str, tuple[int, float]]:
    """Run scenarios in sequence and print a line for each.

    Args:
        names: which, in this order; None for all but the slow ones.
        log_dir: gets ``molecule-<name>.log`` of each; made if it is not there.

    Returns:
        Exit status and duration in seconds by name, in the order in which they ran.

    Raises:
        UsageError: there is no such scenario.
    """
    known = scenarios()
    if names is None:
        names = [name for name in known if not name.endswith(SLOW)]
    if unknown := sorted(set(names) - set(known)):
        raise UsageError(f"no scenario {', '.join(unknown)}", f"choose from {', '.join(known)}")
    log_dir.mkdir(parents=True, exist_ok=True)
    return {name: run_one(name, log_dir / f"molecule-{name}.log") for name in names}


def run_one(name: str, log: Path) -> tuple[int, float]:
    """Run one scenario with output to `log`; returns exit status and seconds."""
    tools = Path(sys.executable).parent
    environment = os.environ | {"PATH": f"{tools}{os.pathsep}{os.environ['PATH']}"}
    began = time.monotonic()
    with log.open("wb") as out:
        ended = subprocess.run(
            [tools / "molecule", "test", "-s", name],
            cwd=REPOSITORY,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            check=False,
        )
    seconds = time.monotonic() - began
    verdict = "ok" if ended.returncode == 0 else f"FAILED ({ended.returncode}), see {log}"
    click.echo(f"molecule {name:<24} {seconds:6.1f} s  {verdict}")
    return ended.returncode, seconds
