"""The unprivileged user that runs the VMs: may it open the devices, may it lock memory?"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from .check import Check, Topic

if TYPE_CHECKING:
    from .host import Host, Owner
    from .snp import Snp
    from .wanted import Wanted

DEVICES = Topic("vm_user.devices", "Devices open to the VMs' user")
MEMLOCK = Topic("vm_user.memlock", "Memory that the VMs' user may lock")

WANTED_DEVICES: Final = ("/dev/kvm", "/dev/sev")
KIB: Final = 1024


@dataclass(frozen=True)
class VmUser:
    """The user and what is its own.

    Attributes:
        name: the one who connects, unless another was named.
        known: the host has such a user.
        closed: devices that are there and that it may not open for reading and writing.
        memlock_mib: soft limit of locked memory; -1 for none, None if it was not to be had.
    """

    name: str
    known: bool
    closed: tuple[str, ...]
    memlock_mib: int | None


def observe_vm_user(host: Host, wanted: Wanted) -> VmUser:
    """Try the devices as the user who connects; for another one, look at groups and permissions."""
    asking, uid = host.user()
    name = wanted.vm_user or asking
    if name == asking:
        there = [device for device in WANTED_DEVICES if host.exists(device)]
        closed = [device for device in there if host.open_problem(device)]
        return VmUser(name, known=True, closed=tuple(closed), memlock_mib=_own_memlock(host, uid))
    answer = host.run(["id", name])
    numbers = re.match(r"uid=(\d+).*? gid=(\d+).*? groups=(.*)$", answer.text.strip())
    if answer.status != 0 or not numbers:
        return VmUser(name, known=False, closed=(), memlock_mib=None)
    uid = int(numbers[1])
    groups = {int(gid) for gid in re.findall(r"(\d+)(?:\(|,|$)", numbers[3])} | {int(numbers[2])}
    owners = {device: host.owner(device) for device in WANTED_DEVICES}
    closed = [path for path, owner in owners.items() if owner and not may_use(owner, uid, groups)]
    return VmUser(name, known=True, closed=tuple(closed), memlock_mib=_memlock(host, name))


def may_use(owner: Owner, uid: int, groups: set[int]) -> bool:
    """Whether the permissions let a user read and write; the first class that fits decides."""
    if uid == 0:
        return True
    shift = 6 if uid == owner.uid else 3 if owner.gid in groups else 0
    return owner.mode >> shift & 6 == 6  # noqa: PLR2004  # read and write


def _own_memlock(host: Host, uid: int) -> int | None:
    """The soft limit of this process; root has none."""
    if uid == 0:
        return -1
    limits = host.read("/proc/self/limits") or ""
    found = re.search(r"^Max locked memory +(\S+)", limits, re.MULTILINE)
    return _mib(found[1] if found else "", KIB * KIB)


def _memlock(host: Host, name: str) -> int | None:
    """The soft limit that a session of the user has, by PAM as sudo does it (pam_limits)."""
    if host.user()[1] != 0 or not host.which("runuser"):
        return None
    answer = host.run(["runuser", "-u", name, "--", "sh", "-c", "ulimit -l"])
    return _mib(answer.stdout.strip(), KIB)


def _mib(text: str, unit: int) -> int | None:
    """A limit in MiB, -1 for none, None if it is no limit."""
    if text == "unlimited":
        return -1
    return int(text) // unit if text.isdecimal() else None


def check_devices(user: VmUser, snp: Snp) -> Check:
    """QEMU opens /dev/kvm, and for SEV-SNP guests /dev/sev."""
    if not user.known:
        return DEVICES.found(
            "missing",
            f"there is no user {user.name}",
            f"The host phase makes it (host_setup_vm_user); or: useradd -r -G kvm {user.name}",
        )
    if not user.closed:
        return DEVICES.ok(f"{user.name} may open all that are there")
    rule = '/etc/udev/rules.d/: KERNEL=="sev", GROUP="kvm", MODE="0660"' if snp.device else ""
    return DEVICES.found(
        "missing",
        f"{user.name} may not open {', '.join(user.closed)}",
        f"usermod -aG kvm {user.name}"
        + (f", and a rule in {rule}" if rule else "")
        + ". The host phase does both (host_setup_vm_user)",
    )


def check_memlock(user: VmUser, wanted: Wanted) -> Check:
    """Rings of io_uring and BPF maps count against it; memory of SEV-SNP guests does not.

    That memory is guest_memfd's, which pins it by itself: QEMU registers no memory for SEV-SNP as
    it does for SEV (target/i386/sev.c, ``sev_kvm_init``).
    """
    if user.memlock_mib is None:
        return MEMLOCK.ok(f"{user.name}: not to be seen from here")
    if user.memlock_mib < 0 or user.memlock_mib >= wanted.memlock_min_mib:
        shown = "unlimited" if user.memlock_mib < 0 else f"{user.memlock_mib} MiB"
        return MEMLOCK.ok(f"{user.name}: {shown}")
    return MEMLOCK.found(
        "warning",
        f"{user.name}: {user.memlock_mib} MiB, less than {wanted.memlock_min_mib}",
        f"'{user.name} - memlock {wanted.memlock_min_mib * KIB}' in a file in "
        "/etc/security/limits.d, then log in again",
    )
