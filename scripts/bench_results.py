"""Measure what a million observations cost: CSV, JUnit and report, in time and memory.

    python scripts/bench_results.py [--rows 1000000] [--runs 3]

A synthetic campaign of that size is made in a temporary folder. Each run builds its report from
nothing in a process of its own; then as often again with nothing to do. Prints a Markdown table.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Final

ROOT: Final = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from pyrunner.results.inputs import OUTPUTS, STAMP  # noqa: E402 - found through the line above
from tests.builders.synthetic import UNIXBENCH, Spec, build, observations, plan  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Sequence

CHILD: Final = (
    "import sys, pathlib; from pyrunner.results.report import build_report; "
    "build_report(pathlib.Path(sys.argv[1]))"
)
PASSES: Final = 10


def spec_of(rows: int) -> Spec:
    """Plan about that many rows: three variants, fleets of 1 and 8, as many repeats as needed."""
    spec = Spec(
        name="bench",
        backends={"epyc1": {"plain": "kvm", "cvm": "snp", "svsm": "snp"}},
        suites={"unixbench": UNIXBENCH},
        passes=PASSES,
        repeats=1,
    )
    each = sum(1 for cell in plan(spec) for _ in observations(spec, cell))
    spec.repeats = -(-rows // each)
    return spec


def forget(folder: Path) -> None:
    """Remove all that a report left."""
    for name in (*OUTPUTS, STAMP):
        (folder / name).unlink(missing_ok=True)


def run(folder: Path) -> tuple[float, float]:
    """Build the report in a child; return wall time in s and peak resident memory in MiB."""
    start = time.monotonic()
    child = subprocess.Popen([sys.executable, "-c", CHILD, str(folder)], cwd=ROOT)
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)  # it is reaped already
    if child.returncode:
        sys.exit(f"the report failed with status {child.returncode}")
    return time.monotonic() - start, usage.ru_maxrss / 1024


def line(what: str, results: Sequence[tuple[float, float]]) -> str:
    """Write a row of the table."""
    times = [seconds for seconds, _ in results]
    peak = max(memory for _, memory in results)
    spread = f"{min(times):.2f} to {max(times):.2f}"
    return f"| {what} | {len(times)} | {median(times):.2f} | {spread} | {peak:.0f} |"


def main() -> None:
    """Make the campaign, measure, print the table."""
    parser = argparse.ArgumentParser(description="Time and memory of a report of many rows.")
    parser.add_argument("--rows", type=int, default=1_000_000, help="observations, at least")
    parser.add_argument("--runs", type=int, default=3, help="runs of each kind")
    arguments = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="bench_results_"))
    try:
        campaign = build(folder, spec_of(arguments.rows))
        fresh = []
        for _ in range(arguments.runs):
            forget(campaign)
            fresh.append(run(campaign))
        idle = [run(campaign) for _ in range(arguments.runs)]
        with (campaign / "results.csv").open("rb") as table:
            rows = sum(1 for _ in table) - 1
        cells = sum(1 for _ in campaign.glob("cells/*/*/cell.json"))
    finally:
        shutil.rmtree(folder)
    print(f"{rows} observations in {cells} cells, {os.cpu_count()} CPUs\n")
    print("| what | runs | median s | min to max s | peak MiB |\n|---|---|---|---|---|")
    print(line("CSV, JUnit and report from nothing", fresh))
    print(line("nothing to do", idle))


if __name__ == "__main__":
    main()
