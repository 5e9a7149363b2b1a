"""A private testbed on this machine: real playbooks, real VMs, results and fleets of its own.

Artifacts and keys are the machine's, for building them takes minutes; everything that runs is below
one short folder (sockets have short paths) and uses ports that nothing else uses.
"""

from __future__ import annotations

import json
import random
import socket
import subprocess
import sys
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import yaml

from tests.faults.playing import Playing

ROOT: Final = Path(__file__).parents[2]
SHARED: Final = Path("/var/lib/svsm-testbed")
"""Where inventories/local keeps artifacts and keys."""
LOCAL: Final = ROOT / "inventories/local"
CAMPAIGN: Final = "c"
PORTS: Final = range(20000, 30000, 200)
"""Where a rig's ports may begin: below those that Linux gives to outgoing connections."""
SUITE: Final = "stress_ng"

COMMON: Final[dict[str, Any]] = {
    "testbed_campaign": CAMPAIGN,
    "testbed_variants": ["plain"],
    "testbed_fleet_sizes": [1],
    "testbed_repeats": 1,
    "testbed_suites": [SUITE],
    "stress_ng_benchmarks": ["fork"],
    "stress_ng_seconds": 1,
    "artifact_state_dir": str(SHARED),
    "guest_image_keys_dir": str(SHARED / "keys"),
    "stress_ng_keys_dir": str(SHARED / "keys"),
    "attestation_keys_dir": str(SHARED / "keys"),
    "measurement_keys_dir": str(SHARED / "keys"),
}


def free_ports() -> int:
    """Choose ports at random: another test run may be choosing, too."""
    for base in random.sample(PORTS, len(PORTS)):
        with suppress(OSError), ExitStack() as held:
            for port in (base + 1, base + 2, base + 101):
                held.enter_context(socket.socket()).bind(("127.0.0.1", port))
            return base
    raise AssertionError("no free ports")


@dataclass
class Rig:
    """A testbed below ``root``.

    Attributes:
        ports: a number after which ports are free.
        inventory: hosts; this machine alone unless a test says otherwise.
    """

    root: Path
    ports: int = field(default_factory=free_ports)
    inventory: Path = LOCAL
    played: list[Playing] = field(default_factory=list)

    @property
    def results(self) -> Path:
        """Folder of all results."""
        return self.root / "results"

    @property
    def state(self) -> Path:
        """The testbed's folder for what runs."""
        return self.root / "state"

    @property
    def campaign(self) -> Path:
        """Folder of the campaign."""
        return self.results / CAMPAIGN

    def cell(self, cell_id: str, host: str = "here") -> Path:
        """Folder of a cell's results."""
        return self.campaign / "cells" / host / cell_id

    def vm(self, cell_id: str, name: str = "vm1") -> Path:
        """Folder of a running VM."""
        return self.state / "run" / CAMPAIGN / cell_id / name

    def start(self, book: str, **variables: object) -> Playing:
        """Start a playbook, as a user's shell would: in a process group of its own."""
        self.state.mkdir(exist_ok=True)
        places = {"testbed_results_dir": str(self.results), "testbed_state_dir": str(self.state)}
        own = {**places, "fleet_ssh_port_base": self.ports}
        extra = {**COMMON, **own, **variables}
        program = Path(sys.executable).parent / "ansible-playbook"
        words = [str(program), "-i", str(self.inventory), "-e", json.dumps(extra)]
        log = self.root / f"{len(self.played)}-{book}.log"
        playing = Playing.start([*words, f"playbooks/{book}.yml"], ROOT, log)
        self.played.append(playing)
        return playing

    def play(self, book: str, seconds: float = 300, **variables: object) -> Playing:
        """Run a playbook to its end."""
        playing = self.start(book, **variables)
        playing.wait(seconds)
        return playing

    def stop(self) -> None:
        """Kill what a test that failed left running, or its next step would start VMs."""
        for playing in self.played:
            if playing.process.poll() is None:
                playing.kill()

    def data(self, *words: str, stdin: str = "") -> tuple[int, dict[str, Any]]:
        """Run a data command on the campaign; its exit status and its answer."""
        command = [sys.executable, "-m", "pyrunner.cli.data", *words]
        done = subprocess.run(
            [*command, f"--campaign-dir={self.campaign}"],
            cwd=ROOT,
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.stdout, done.stderr
        return done.returncode, json.loads(done.stdout.splitlines()[-1])

    def failure(self, cell_id: str, host: str = "here") -> dict[str, Any]:
        """What failure.json says."""
        return read(self.cell(cell_id, host) / "failure.json")

    def sealed(self, host: str = "here") -> set[str]:
        """Cells that are done."""
        return {path.parent.name for path in self.campaign.glob(f"cells/{host}/*/cell.json")}


def read(path: Path) -> dict[str, Any]:
    """Read a JSON file."""
    data: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return data


def inventory(folder: Path, hosts: str) -> Path:
    """An inventory like the local one, with other hosts."""
    (folder / "group_vars").mkdir(parents=True)
    (folder / "hosts.yml").write_text(hosts, encoding="utf-8")
    (folder / "group_vars/all").symlink_to(LOCAL / "group_vars/all")
    return folder


def cmdline() -> str:
    """The VMs' kernel command line, as role fleet has it by default."""
    words = (ROOT / "roles/fleet/defaults/main.yml").read_text(encoding="utf-8")
    default: str = yaml.safe_load(words)["fleet_cmdline"]
    return default
