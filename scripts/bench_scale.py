"""What further hosts cost Ansible: time and memory for 1, 10 and 50, into docs/scale.md.

Not a test: it takes some minutes and wants a quiet machine.

    .venv/bin/python scripts/bench_scale.py

Every host is this machine under another name (``ansible_connection: local``), prepared before, so
that what is measured is what Ansible does for a host: what the hosts do themselves is little here,
and servers do it side by side. Connections are not part of it. The cells of the campaign are sealed
before, too: it is planned, and nothing runs.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import platform
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

from scipy import stats

if TYPE_CHECKING:
    from collections.abc import Iterator

REPOSITORY = Path(__file__).resolve().parent.parent
PAGE = REPOSITORY / "docs/scale.md"
BEGIN, END = "<!-- written by scripts/bench_scale.py -->\n", "<!-- end -->\n"
CAMPAIGN = "scale"
PHASES = ("preflight", "host", "campaign")
HOSTS = [1, 10, 50]
RUNS = {1: 4, 10: 3}
"""How often, by number of hosts, and once for more, which makes up most of the minutes."""
POLL_SECONDS = 0.25
PSS = re.compile(r"^Pss:\s+(\d+) kB", re.MULTILINE)
RECAP = re.compile(r"^\S+\s+: ok=(\d+)\s.*unreachable=0\s+failed=0\s", re.MULTILINE)


@dataclass(frozen=True)
class Run:
    """One playbook, once.

    Attributes:
        phase: the playbook.
        hosts: for how many.
        wall: seconds it took.
        cpu: seconds of processor time, the hosts' part included.
        mib: memory of all its processes at the worst moment, pages they share counted once.
        tasks: that ran on each host.
    """

    phase: str
    hosts: int
    wall: float
    cpu: float
    mib: float
    tasks: float


class Bench:
    """A folder with an inventory, a state folder and a campaign."""

    def __init__(self, root: Path, numbers: list[int], runs: int) -> None:
        """Use `root` for these numbers of hosts, `runs` times each; 0 is as RUNS says."""
        self.root = root
        self.numbers = numbers
        self.runs = runs

    def inventory(self, hosts: int) -> Path:
        """An inventory of so many hosts, with the variables of the local one."""
        folder = self.root / f"inventory{hosts}"
        if not folder.exists():
            folder.mkdir()
            (folder / "group_vars").symlink_to(REPOSITORY / "inventories/local/group_vars")
            names = {name(n): self.address() for n in range(1, hosts + 1)}
            text = json.dumps({"testbed_hosts": {"hosts": names}})
            (folder / "hosts.json").write_text(text, encoding="utf-8")
        return folder

    def address(self) -> dict[str, Any]:
        """How a host is reached; that there is an image spares looking for components."""
        return {
            "ansible_connection": "local",
            "ansible_python_interpreter": "/usr/bin/python3",
            "artifacts": {"guest_image": {"key": "bench", "dir": "/nonexistent", "manifest": {}}},
        }

    def variables(self) -> dict[str, Any]:
        """What differs from inventories/local: folders of its own, and the smallest campaign."""
        return {
            "testbed_state_dir": str(self.root / "state"),
            "testbed_results_dir": str(self.root / "results"),
            "testbed_variants": ["plain"],
            "testbed_fleet_sizes": [1],
            "testbed_repeats": 1,
            "testbed_suites": ["stress_ng"],
            "testbed_campaign": CAMPAIGN,
        }

    def prepare(self) -> None:
        """Have the host converged, and all cells sealed."""
        for number in range(1, max(self.numbers) + 1):
            cell = self.campaign / "cells" / name(number) / "plain-1vm-r1/cell.json"
            cell.parent.mkdir(parents=True)
            cell.write_text("{}\n", encoding="utf-8")
        for phase in PHASES:
            self.play(phase, 1)
        if (self.root / "state/run").exists() or not (self.campaign / "campaign.json").exists():
            raise SystemExit("the campaign did not stay where it should: nothing is measured")

    @property
    def campaign(self) -> Path:
        """The campaign's folder."""
        return self.root / "results" / CAMPAIGN

    def play(self, phase: str, hosts: int) -> Run:
        """Run a playbook and watch it."""
        command = [str(Path(sys.executable).with_name("ansible-playbook"))]
        command += ["-i", str(self.inventory(hosts)), "-e", json.dumps(self.variables())]
        command += [f"playbooks/{phase}.yml"]
        log = self.root / "log"
        before, began = children(), time.monotonic()
        with (
            log.open("w", encoding="utf-8") as said,
            subprocess.Popen(
                command,
                cwd=REPOSITORY,
                stdout=said,
                stderr=said,
                stdin=subprocess.DEVNULL,
                env=plain(),
            ) as process,
        ):
            mib = watch(process)
        wall, text = time.monotonic() - began, log.read_text(encoding="utf-8")
        tasks = [int(count) for count in RECAP.findall(text)]
        if process.returncode or len(tasks) < hosts:
            raise SystemExit(f"{phase} failed for {hosts} hosts:\n{text[-4000:]}")
        return Run(phase, hosts, wall, children() - before, mib, median(tasks))


def name(number: int) -> str:
    """A host's name."""
    return f"host{number:02}"


def plain() -> dict[str, str]:
    """The environment: a recap that can be read, and this Python's programs."""
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    return {**os.environ, "PATH": path, "ANSIBLE_NOCOLOR": "1", "ANSIBLE_FORCE_COLOR": "0"}


def children() -> float:
    """Processor time of all processes that this one has waited for."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def watch(process: subprocess.Popen[bytes]) -> float:
    """Wait for a process; its memory and its children's at the worst moment, in MiB."""
    worst = 0.0
    while process.poll() is None:
        worst = max(worst, sum(memory(pid) for pid in family(process.pid)))
        time.sleep(POLL_SECONDS)
    return worst / 1024


def family(top: int) -> list[int]:
    """The process and all that descend from it (proc(5), /proc/PID/task/TID/children)."""
    found = [top]
    for pid in found:
        with suppress(OSError):
            for path in Path(f"/proc/{pid}/task").glob("*/children"):
                found += map(int, path.read_text(encoding="ascii").split())
    return found


def memory(pid: int) -> int:
    """KiB of a process, its share of what it shares; of Ansible only, not of modules it runs."""
    with suppress(OSError):
        if b"ansible-playbook" in Path(f"/proc/{pid}/cmdline").read_bytes():
            found = PSS.search(Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii"))
            return int(found[1]) if found else 0
    return 0


def measure(bench: Bench) -> list[Run]:
    """All phases for all numbers of hosts."""
    runs = []
    for hosts in bench.numbers:
        for _ in range(bench.runs or RUNS.get(hosts, 1)):
            for phase in PHASES:
                runs.append(bench.play(phase, hosts))
                print(runs[-1], file=sys.stderr, flush=True)
    return runs


def rows(runs: list[Run]) -> Iterator[str]:
    """The table of what was measured."""
    yield "| phase | hosts | runs | wall time | range | CPU time | memory | tasks a host |"
    yield "|---|---|---|---|---|---|---|---|"
    for phase in PHASES:
        for hosts in sorted({run.hosts for run in runs}):
            some = [run for run in runs if (run.phase, run.hosts) == (phase, hosts)]
            walls = [run.wall for run in some]
            yield (
                f"| {phase} | {hosts} | {len(some)} | {median(walls):.1f} s "
                f"| {min(walls):.1f} to {max(walls):.1f} s | {median(r.cpu for r in some):.1f} s "
                f"| {median(r.mib for r in some):.0f} MiB | {some[0].tasks:.0f} |"
            )


def costs(runs: list[Run]) -> Iterator[str]:
    """The table of what one more host costs: slopes over the number of hosts."""
    yield "| phase | a further host: wall time | CPU time | memory | CPU time a task |"
    yield "|---|---|---|---|---|"
    for phase in PHASES:
        some = [run for run in runs if run.phase == phase]
        cpu = slope(some, "cpu")[0] / some[-1].tasks
        yield (
            f"| {phase} | {told(*slope(some, 'wall'), 's')} | {told(*slope(some, 'cpu'), 's')} "
            f"| {told(*slope(some, 'mib'), 'MiB')} | {1000 * cpu:.0f} ms |"
        )


def slope(runs: list[Run], value: str) -> tuple[float, float]:
    """What a host adds, and half the width of the 95 % interval (least squares, Student's t)."""
    fit = stats.linregress([run.hosts for run in runs], [getattr(run, value) for run in runs])
    return fit.slope, fit.stderr * stats.t.ppf(0.975, len(runs) - 2)


def told(middle: float, half: float, unit: str) -> str:
    """A slope with its interval; none of runs that are too few."""
    if math.isnan(half):
        return f"{middle:.2f} {unit} (no interval)"
    return f"{middle:.2f} {unit} ({middle - half:.2f} to {middle + half:.2f})"


def machine() -> str:
    """Where it was measured, and with what."""
    model = re.search(r"model name\s+: (.*)", Path("/proc/cpuinfo").read_text(encoding="utf-8"))
    release = platform.freedesktop_os_release().get("PRETTY_NAME", "Linux")
    memory_gib = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    forks = re.search(
        r"^forks = (\d+)", (REPOSITORY / "ansible.cfg").read_text("utf-8"), re.MULTILINE
    )
    return (
        f"Measured {time.strftime('%Y-%m-%d')} on {os.cpu_count()} processors "
        f"({model[1] if model else platform.machine()}), {memory_gib:.0f} GiB, {release}, Python "
        f"{platform.python_version()}, ansible-core {version('ansible-core')}, forks = "
        f"{forks[1] if forks else 'default'}. Load average before: {os.getloadavg()[0]:.1f}."
    )


def write(lines: list[str]) -> None:
    """Put the tables where the page wants them."""
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    after = rest.partition(END)[2]
    PAGE.write_text(before + BEGIN + "\n".join(lines) + "\n" + END + after, encoding="utf-8")


def main() -> None:
    """Measure, and write the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--hosts", type=int, nargs="+", default=HOSTS, help="numbers of hosts")
    parser.add_argument("--runs", type=int, default=0, help="how often each, for a quick look")
    parser.add_argument(
        "--show", action="store_true", help="print the tables, leave the page alone"
    )
    arguments = parser.parse_args()
    if len(set(arguments.hosts)) < 2:  # noqa: PLR2004 - a slope has two ends
        parser.error(
            "--hosts: give two different numbers at least, to see what a further host costs"
        )
    root = Path(tempfile.mkdtemp(prefix="scale."))
    try:
        bench = Bench(root, arguments.hosts, arguments.runs)
        where = machine()
        bench.prepare()
        runs = measure(bench)
    finally:
        shutil.rmtree(root)
    lines = [where, "", *rows(runs), "", *costs(runs)]
    print("\n".join(lines))
    if not arguments.show:
        write(lines)


if __name__ == "__main__":
    main()
