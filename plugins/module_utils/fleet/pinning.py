"""Put a VM's threads where its placement says, and see that they are there.

As libvirt does it (src/qemu/qemu_process.c, qemuProcessSetupVcpus): QEMU starts with its vCPUs
stopped, each is pinned, then they run. So no instruction of a guest ever ran elsewhere, and on
SEV-SNP the launch, which QEMU does when the vCPUs are let go (target/i386/sev.c,
sev_vm_state_change), runs where the VM's other work does. Threads that QEMU starts by and by take
after the one that starts them: those of the main thread keep off the vCPUs.
"""

from __future__ import annotations

import json
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from .errors import FleetError
from .qmp import Qmp
from .threads import affinities, memory_policies, only_on, run_on, take_memory_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..topology import Place
    from .placement import Placement
    from .vm import Vm

WHO_HINT = "what moves threads on this host: numad, tuned, a cpuset? fleet_pinning=off does without"
"""Where to look when threads are not where they were put."""


@contextmanager
def room_of(place: Place | None) -> Iterator[None]:
    """Start a QEMU in here: on the processors of its other threads, with memory of its node.

    The calling thread keeps the node: let it be one that ends soon.
    """
    if place is None:
        yield
        return
    with only_on(place.emulator_cpus):
        take_memory_of(place.node)
        yield


def let_go(vm: Vm, place: Place) -> dict[str, int]:
    """Pin the vCPUs of a QEMU that has stopped them, then let them run.

    Returns:
        The thread on each host processor.

    Raises:
        FleetError: QEMU has other vCPUs than there are places, or the kernel does not allow it.
    """
    stopped = now()
    with Qmp(vm.dir / "qmp.sock") as qmp:
        threads = vcpu_threads(vm, qmp, place)
        for cpu, thread in threads.items():
            run_on(thread, {cpu})
        note(vm, stopped, "qemu_ready")
        note(vm, now(), "vcpus_released")
        qmp.execute("cont")
    return {str(cpu): thread for cpu, thread in threads.items()}


def vcpu_threads(vm: Vm, qmp: Qmp, place: Place) -> dict[int, int]:
    """The host processor of each vCPU, and its thread."""
    vcpus = sorted(qmp.execute("query-cpus-fast"), key=lambda vcpu: int(vcpu["cpu-index"]))
    threads = [int(vcpu["thread-id"]) for vcpu in vcpus]
    if len(set(threads)) != len(place.cpus):
        raise FleetError(
            f"{vm.name} has {len(set(threads))} threads for vCPUs and places for {len(place.cpus)}",
            "the plan was made for another fleet_vcpus, or TCG runs them all in one thread",
        )
    return dict(zip(place.cpus, threads, strict=True))


def settle(vms: list[Vm], placement: Placement) -> None:
    """Take threads that a vCPU's thread has started off its processor.

    KVM starts one for each VM at its first KVM_RUN, and so beside a vCPU (kvm-nx-lpage-recovery,
    Linux since 6.14, arch/x86/kvm/mmu/mmu.c, kvm_mmu_post_init_vm).

    Raises:
        FleetError: the kernel does not allow it.
    """
    for vm in vms:
        place = placement.places.get(vm.name)
        qemu = vm.qemu()
        if place and qemu:
            vcpus = placement.threads_of(vm.name)
            for thread, cpus in affinities(qemu.pid).items():
                if thread not in vcpus and not cpus <= set(place.emulator_cpus):
                    run_on(thread, place.emulator_cpus)


def require_in_place(vms: list[Vm], placement: Placement) -> None:
    """Check every thread of every VM against its place, and the policy of its memory.

    Raises:
        FleetError: names the VM, the thread and its processors.
    """
    for vm in vms:
        place = placement.places.get(vm.name)
        qemu = vm.qemu()
        if place and qemu:
            require_threads(vm.name, qemu.pid, place, placement.threads_of(vm.name))
            require_node(vm.name, qemu.pid, place.node)


def require_threads(name: str, pid: int, place: Place, vcpus: dict[int, int]) -> None:
    """See that vCPUs (thread to processor) are where they should be, and the others off them."""
    seen = affinities(pid)
    gone = sorted(set(vcpus) - set(seen))
    if gone:
        raise FleetError(f"QEMU of {name} has lost the threads {gone} of its vCPUs")
    for thread, cpus in seen.items():
        wanted = {vcpus[thread]} if thread in vcpus else set(place.emulator_cpus)
        if not cpus <= wanted:
            what = "a vCPU" if thread in vcpus else "not a vCPU"
            raise FleetError(
                f"{name}: thread {thread} ({what}) may run on processors {sorted(cpus)} and "
                f"should on {sorted(wanted)} only",
                WHO_HINT,
            )


def require_node(name: str, pid: int, node: int) -> None:
    """See that the memory comes from the VM's node."""
    others = memory_policies(pid) - {f"bind:{node}"}
    if others:
        raise FleetError(
            f"{name}: memory of its QEMU follows {', '.join(sorted(others))}, not bind:{node}",
            WHO_HINT,
        )


def note(vm: Vm, stamp: float, event: str) -> None:
    """Add to what the host knows of a VM's boot."""
    with (vm.dir / "host.jsonl").open("a", encoding="utf-8") as journal:
        record = {"t": round(stamp, 6), "source": "host", "event": event}
        journal.write(json.dumps(record) + "\n")


def now() -> float:
    """Seconds on the host's monotonic clock, the one clock of a fleet's timeline."""
    return time.clock_gettime(time.CLOCK_MONOTONIC)
