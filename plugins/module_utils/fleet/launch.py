"""Start the VMs of a fleet."""

from __future__ import annotations

import errno
import json
import os
import select
import shutil
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .errors import FleetError
from .health import await_end
from .interrupts import keep_off, restore_below
from .pinning import let_go, note, now, require_in_place, room_of, settle
from .placement import Placement
from .ports import require_free
from .processes import below, end, owner_of
from .threads import only_on
from .tracer import Tracing, start_tracer, trace_state

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
        placement: where the VMs run.
        tracing: how what only the host sees is to be recorded.
    """

    fleet: Path
    run_root: Path
    binary: str
    disk: Path
    stamper: Path
    stagger: float
    accelerator: str
    placement: Placement = field(default_factory=lambda: Placement.of({}))
    tracing: Tracing = field(default_factory=Tracing)


def start(launch: Launch, vms: list[Vm]) -> dict[str, Any]:
    """Start all VMs and return what ``fleet.json`` says of them.

    Raises:
        FleetError: a port is in use, other testbed VMs run, memory is short, or QEMU refuses;
            nothing keeps running.
    """
    clear(launch)
    require_free([vm.ssh_port for vm in vms])
    launch.placement.require_memory(len(vms))
    try:
        with only_on(launch.placement.host_cpus):
            prepare(launch, vms)
            run_stamper(launch, vms)
            start_tracer(launch.tracing, launch.fleet, launch.binary, launch.accelerator)
            keep_off(launch.fleet, launch.placement)
            threads = launch_all(launch, vms)
        return record(launch, vms, threads)
    except OSError as error:
        give_up(launch)
        raise FleetError(
            f"cannot prepare the VMs in {launch.fleet}: {error.strerror} ({error.filename})",
            "make room on that file system" if error.errno == errno.ENOSPC else "",
        ) from error
    except FleetError:
        give_up(launch)
        raise


def give_up(launch: Launch) -> None:
    """Undo what has been done so far; the folder stays, for what it tells."""
    end(below(launch.fleet))
    restore_below(launch.fleet)


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
    restore_below(launch.run_root)
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


def launch_all(launch: Launch, vms: list[Vm]) -> dict[str, dict[str, int]]:
    """Start every QEMU, `stagger` seconds apart, and see each one daemonize.

    A thread each, so that none waits for another: where VMs are pinned, that would be part of its
    boot.

    Returns:
        Of each VM that has a place the vCPUs' threads, by host processor.
    """
    starting = {}
    with ThreadPoolExecutor(max_workers=len(vms)) as pool:
        for index, vm in enumerate(vms):
            if index and launch.stagger:
                time.sleep(launch.stagger)
            starting[vm.name] = pool.submit(launch_one, launch, vm)
    return {name: future.result() for name, future in starting.items()}


def launch_one(launch: Launch, vm: Vm) -> dict[str, int]:
    """Start one QEMU and let its vCPUs run.

    Raises:
        FleetError: QEMU refuses to start, or takes too long.
    """
    place = launch.placement.places.get(vm.name)
    with room_of(place):
        process = run_qemu(launch, vm)
    # By a file descriptor: Popen.wait with a timeout looks every 50 ms, which a stopped VM waits.
    handle = os.pidfd_open(process.pid)
    ended = select.select([handle], [], [], LAUNCH_SECONDS)[0]
    os.close(handle)
    if not ended:
        process.kill()
        raise FleetError(f"QEMU of {vm.name} did not start in {LAUNCH_SECONDS:.0f} s")
    if process.wait() or vm.qemu() is None:
        raise FleetError(f"QEMU of {vm.name} refuses to start: {complaint(vm, process.returncode)}")
    try:
        return let_go(vm, place) if place else {}
    except FleetError:
        await_end(vm)  # on SEV-SNP this is the launch: if QEMU gave up, its log tells more
        raise


def run_qemu(launch: Launch, vm: Vm) -> subprocess.Popen[bytes]:
    """Run QEMU; the moment is the zero of the VM's timeline."""
    with (vm.dir / "qemu.log").open("wb") as log:
        command = vm.command(launch.binary)
        stamp = now()
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=vm.dir
        )
    note(vm, stamp, "qemu_started")
    return process


def record(launch: Launch, vms: list[Vm], threads: dict[str, dict[str, int]]) -> dict[str, Any]:
    """Write and return ``fleet.json``, if all is as it says."""
    version = subprocess.run(
        [launch.binary, "--version"], capture_output=True, text=True, check=True
    )
    described = [describe(vm) for vm in vms]
    fleet: dict[str, Any] = {
        "schema": 1,
        "accelerator": launch.accelerator,
        "qemu_version": version.stdout.splitlines()[0],
        "starts_spread": spread([vm["started"] for vm in described]),
        "releases_spread": spread([vm["released"] for vm in described if "released" in vm]),
        "pinning": launch.placement.with_threads(threads),
        "trace": trace_state(launch.fleet),
        "vms": described,
    }
    placement = Placement.of(fleet["pinning"])
    settle(vms, placement)
    require_in_place(vms, placement)
    (launch.fleet / "fleet.json").write_text(json.dumps(fleet, indent=1) + "\n", encoding="utf-8")
    return fleet


def describe(vm: Vm) -> dict[str, Any]:
    """A VM in ``fleet.json``; where its vCPUs waited to be pinned, also when they were let go."""
    process = owner_of(vm.dir / "pid")
    stamps = {entry["event"]: entry["t"] for entry in vm.records("host")}
    released = stamps.get("vcpus_released")
    return {
        "name": vm.name,
        "pid": process.pid if process else 0,
        "ssh_port": vm.ssh_port,
        "started": stamps["qemu_started"],
        **({} if released is None else {"released": released}),
    }


def spread(stamps: list[float]) -> float | None:
    """Seconds from the first to the last; None where there are none."""
    return round(max(stamps) - min(stamps), 6) if stamps else None


def complaint(vm: Vm, status: int) -> str:
    """What QEMU said before it ended, without its remarks about processor features."""
    lines = (vm.dir / "qemu.log").read_text(encoding="utf-8", errors="replace").splitlines()
    said = [line for line in lines if REMARK not in line]
    return "\n".join(said)[-600:].strip() or f"it ended with status {status} and no reason"
