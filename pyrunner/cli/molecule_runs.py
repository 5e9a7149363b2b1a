"""Run the role tests, molecule's scenarios, some of them at the same time."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue
from typing import Final

import click

from pyrunner.errors import UsageError
from pyrunner.paths import REPOSITORY

SLOW: Final = "_slow"
"""A scenario whose name ends so takes minutes and network: it runs only when it is named."""
FIRST_PORT: Final = 43000
PORTS: Final = 10
"""How many ports a scenario has to itself, of those that run at the same time."""


def scenarios() -> list[str]:
    """Names of all scenarios, slow ones included: the folders with a ``molecule.yml``."""
    return sorted(path.parent.name for path in REPOSITORY.glob("molecule/*/molecule.yml"))


def run_scenarios(
    names: list[str] | None, log_dir: Path, jobs: int = 1
) -> dict[str, tuple[int, float]]:
    """Run scenarios and print a line for each as it ends.

    Args:
        names: which, begun in this order; None for all but the slow ones.
        log_dir: gets ``molecule-<name>.log`` of each; made if it is not there.
        jobs: how many run at the same time.

    Returns:
        Exit status and duration in seconds by name, in the order in which they began.

    Raises:
        UsageError: there is no such scenario.
    """
    known = scenarios()
    if names is None:
        names = [name for name in known if not name.endswith(SLOW)]
    if unknown := sorted(set(names) - set(known)):
        raise UsageError(f"no scenario {', '.join(unknown)}", f"choose from {', '.join(known)}")
    log_dir.mkdir(parents=True, exist_ok=True)
    free: SimpleQueue[int] = SimpleQueue()
    for job in range(jobs):
        free.put(FIRST_PORT + job * PORTS)

    def run(name: str) -> tuple[int, float]:
        ports = free.get()
        try:
            return run_one(name, log_dir / f"molecule-{name}.log", ports)
        finally:
            free.put(ports)

    with ThreadPoolExecutor(jobs) as pool:
        return dict(zip(names, pool.map(run, names), strict=True))


def run_one(name: str, log: Path, ports: int) -> tuple[int, float]:
    """Run one scenario.

    Args:
        name: which.
        log: gets its output.
        ports: first of those that are its own.

    Returns:
        Exit status and seconds.
    """
    tools = Path(sys.executable).parent
    path = f"{tools}{os.pathsep}{os.environ['PATH']}"
    environment = os.environ | {"PATH": path, "MOLECULE_PORTS": f"{ports}"}
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
