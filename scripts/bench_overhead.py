"""What using the testbed costs: medians of repeated runs, as a Markdown table.

Not a test: it takes a good while and wants a quiet machine.

    .venv/bin/python scripts/bench_overhead.py --runs 3

Measures, for a default campaign of the variants that run here,

- the wall time of a warm ``./testbed run`` against the sum of what cannot be avoided (the boots and
  the benchmarks of its cells, from the cells' own phases);
- the same campaign again, when there is nothing to do (``ansible-playbook playbooks/site.yml``);
- what each further VM of a fleet adds to the harness's own time (all but boot and benchmark).
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

REPOSITORY = Path(__file__).resolve().parent.parent
WORK = ("boot", "benchmark_")
"""Phases that cannot be avoided."""


def timed(command: list[str]) -> float:
    """Seconds that a command takes.

    Raises:
        subprocess.CalledProcessError: it failed; its output is shown.
    """
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    began = time.monotonic()
    subprocess.run(
        command,
        cwd=REPOSITORY,
        check=True,
        stdout=subprocess.DEVNULL,
        env={**os.environ, "PATH": path},
    )
    return time.monotonic() - began


def phases(campaign: Path) -> list[tuple[int, float, float]]:
    """Of every sealed cell: fleet size, unavoidable seconds, the harness's own seconds."""
    cells = []
    for path in campaign.glob("cells/*/*/cell.json"):
        cell = json.loads(path.read_text(encoding="utf-8"))
        work = sum(p["seconds"] for p in cell["phases"] if p["name"].startswith(WORK))
        own = sum(p["seconds"] for p in cell["phases"] if not p["name"].startswith(WORK))
        cells.append((cell["cell"]["fleet_size"], work, own))
    return cells


def table_row(name: str, values: list[float], unit: str) -> str:
    """A line of the table: median and range."""
    spread = f"{min(values):.1f} to {max(values):.1f}"
    return f"| {name} | {len(values)} | {median(values):.1f} {unit} | {spread} |"


def one_run(results: Path, name: str, options: list[str]) -> dict[str, float]:
    """Run a campaign, then run it again; returns what both took."""
    common = ["-e", f"testbed_results_dir={results}"]
    wall = timed(["./testbed", "run", "--campaign", name, *options, *common])
    cells = phases(results / name)
    settings = json.loads((results / name / "run.json").read_text(encoding="utf-8"))["variables"]
    again = timed(["ansible-playbook", "playbooks/site.yml", "-e", json.dumps(settings)])
    work = sum(work for _, work, _ in cells)
    own = {size: median(o for s, _, o in cells if s == size) for size, _, _ in cells}
    small, large = min(own), max(own)
    each = (own[large] - own[small]) / (large - small) if large > small else float("nan")
    return {
        "wall": wall,
        "work": work,
        "overhead": 100.0 * (wall - work) / wall,
        "again": again,
        "each_vm": each,
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("options", nargs="*", help="options of `./testbed run`, after --")
    arguments = parser.parse_args()
    results = Path(tempfile.mkdtemp(prefix="overhead."))
    runs: list[dict[str, float]] = []
    try:
        # One by one, so that those before a failed one are kept.
        runs.extend(one_run(results, f"run{i}", arguments.options) for i in range(arguments.runs))
    finally:
        shutil.rmtree(results)
        if runs:
            show(runs)


def show(runs: list[dict[str, float]]) -> None:
    """Print the table of the runs that ended well."""
    print("| what | runs | median | range |\n|---|---|---|---|")
    print(table_row("warm campaign, wall time", [r["wall"] for r in runs], "s"))
    print(table_row("of it boots and benchmarks", [r["work"] for r in runs], "s"))
    print(table_row("harness's share of the wall time", [r["overhead"] for r in runs], "%"))
    print(table_row("the same campaign again (changed=0)", [r["again"] for r in runs], "s"))
    print(table_row("harness's time for each further VM", [r["each_vm"] for r in runs], "s"))


if __name__ == "__main__":
    main()
