"""Start the VMs of a fleet."""

from __future__ import annotations

import errno
import json
import shutil
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .errors import FleetError
from .ports import require_free
from .processes import below, end, owner_of

if TYPE_CHECKING:
    from pathlib import Path

    from .vm import Vm

STAMPER_SECONDS = 30.0
REMARK = "TCG doesn't support requested feature"
LAUNCH_SECONDS = 60.0


@dataclass(frozen=True)
class Launch:
    """How to start a fleet.

    Attributes:
        fleet: the fleet's folder; made anew.
        run_root: folder of all fleets on this host.
        binary: QEMU.
        disk: root disk image that every VM has an overlay of.
        stamper: the boot_timeline role's program.
        stagger: seconds between two starts.
        accelerator: for the record.
    """

    fleet: Path
    run_root: Path
    binary: str
    disk: Path
    stamper: Path
    stagger: float
    accelerator: str


def start(launch: Launch, vms: list[Vm]) -> dict[str, Any]:
    """Start all VMs and return what ``fleet.json`` says of them.

    Raises:
        FleetError: a port is in use, other testbed VMs run, or QEMU refuses; nothing keeps running.
    """
    clear(launch)
    require_free([vm.ssh_port for vm in vms])
    try:
        prepare(launch, vms)
        run_stamper(launch, vms)
        launch_all(launch, vms)
    except OSError as error:
        end(below(launch.fleet))
        raise FleetError(
            f"cannot prepare the VMs in {launch.fleet}: {error.strerror} ({error.filename})",
            "make room on that file system" if error.errno == errno.ENOSPC else "",
        ) from error
    except FleetError:
        end(below(launch.fleet))
        raise
    return record(launch, vms)


def clear(launch: Launch) -> None:
    """End what a killed run left of this fleet, and refuse to measure beside another one."""
    end(below(launch.fleet))
    others = below(launch.run_root)
    if others:
        raise FleetError(
            f"{len(others)} processes of other fleets run on this host, the first is "
            f"{others[0].pid}: {' '.join(others[0].arguments)[:120]}",
            "wait for that campaign; if it is dead, run `./testbed teardown`",
        )
    with suppress(FileNotFoundError):
        shutil.rmtree(launch.fleet)


def prepare(launch: Launch, vms: list[Vm]) -> None:
    """Make folders, argument files and overlays."""
    launch.fleet.mkdir(parents=True, mode=0o700)
    for vm in vms:
        vm.dir.mkdir(mode=0o700)
        (vm.dir / "qemu.args").write_text(vm.arguments, encoding="utf-8")
        identity = json.dumps({"name": vm.name, "ssh_port": vm.ssh_port})
        (vm.dir / "vm.json").write_text(identity + "\n", encoding="utf-8")
        make_overlay(launch.disk, vm.dir / "overlay.qcow2")


def make_overlay(disk: Path, overlay: Path) -> None:
    """A disk of the VM's own over the common image: milliseconds and kilobytes."""
    words = ["qemu-img", "create", "-q", "-f", "qcow2", "-F", "raw", "-b", str(disk), str(overlay)]
    made = subprocess.run(words, capture_output=True, text=True, check=False)
    if made.returncode:
        raise FleetError(f"qemu-img cannot make {overlay}: {made.stderr.strip()}")


def run_stamper(launch: Launch, vms: list[Vm]) -> None:
    """Start the stamper and wait until it listens for every VM."""
    words = ["python3", str(launch.stamper), *(str(vm.dir) for vm in vms)]
    try:
        started = subprocess.run(
            words, capture_output=True, text=True, check=False, timeout=STAMPER_SECONDS
        )
    except subprocess.TimeoutExpired as error:
        raise FleetError(f"the stamper did not start in {STAMPER_SECONDS:.0f} s") from error
    if started.returncode:
        raise FleetError(f"the stamper does not start: {started.stderr.strip()[-400:]}")


def launch_all(launch: Launch, vms: list[Vm]) -> None:
    """Start every QEMU, `stagger` seconds apart, and see each one daemonize."""
    started = []
    for index, vm in enumerate(vms):
        if index and launch.stagger:
            time.sleep(launch.stagger)
        started.append((vm, launch_one(launch, vm)))
    for vm, process in started:
        try:
            status = process.wait(LAUNCH_SECONDS)
        except subprocess.TimeoutExpired as error:
            process.kill()
            raise FleetError(
                f"QEMU of {vm.name} did not start in {LAUNCH_SECONDS:.0f} s"
            ) from error
        if status or vm.qemu() is None:
            raise FleetError(f"QEMU of {vm.name} refuses to start: {complaint(vm, status)}")


def launch_one(launch: Launch, vm: Vm) -> subprocess.Popen[bytes]:
    """Start one QEMU; the moment is the zero of the VM's timeline."""
    with (vm.dir / "qemu.log").open("wb") as log, (vm.dir / "host.jsonl").open("w") as journal:
        stamp = time.clock_gettime(time.CLOCK_MONOTONIC)
        process = subprocess.Popen(
            vm.command(launch.binary), stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=vm.dir
        )
        event = {"t": round(stamp, 6), "source": "host", "event": "qemu_started"}
        journal.write(json.dumps(event) + "\n")
    return process


def record(launch: Launch, vms: list[Vm]) -> dict[str, Any]:
    """Write and return ``fleet.json``."""
    version = subprocess.run(
        [launch.binary, "--version"], capture_output=True, text=True, check=True
    )
    fleet = {
        "schema": 1,
        "accelerator": launch.accelerator,
        "qemu_version": version.stdout.splitlines()[0],
        "vms": [describe(vm) for vm in vms],
    }
    (launch.fleet / "fleet.json").write_text(json.dumps(fleet, indent=1) + "\n", encoding="utf-8")
    return fleet


def describe(vm: Vm) -> dict[str, Any]:
    """A VM in ``fleet.json``."""
    process = owner_of(vm.dir / "pid")
    return {
        "name": vm.name,
        "pid": process.pid if process else 0,
        "ssh_port": vm.ssh_port,
        "started": vm.records("host")[0]["t"],
    }


def complaint(vm: Vm, status: int) -> str:
    """What QEMU said before it ended, without its remarks about processor features."""
    lines = (vm.dir / "qemu.log").read_text(encoding="utf-8", errors="replace").splitlines()
    said = [line for line in lines if REMARK not in line]
    return "\n".join(said)[-600:].strip() or f"it ended with status {status} and no reason"
