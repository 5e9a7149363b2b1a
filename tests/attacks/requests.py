"""Requests that are not to be granted, made by root through the module's device."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tests.attacks.guest import Row

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.attacks.guest import Guest

SCRIPT: Final = Path(__file__).with_name("request.pl")
PHYS, KERNEL, PROCESS = 1, 2, 3
SHA384: Final = 1
ROOM: Final = 352 + 16 * 1024
NOT_GUEST: Final = "ENXIO 80001003"
NOT_PRIVATE: Final = "EACCES 80001004"
SVSM_MEMORY: Final = 16 << 20
VMSA: Final = re.compile(r"\[SVSM\] VMSA PA: 0x([0-9a-f]+)")
SHARED: Final = re.compile(r"software IO TLB: mapped \[mem 0x([0-9a-f]+)-0x")


def own_memory(serial: str) -> tuple[int, int]:
    """Addresses of the SVSM's memory and of a VMSA in it, by what it told when it started.

    COCONUT-SVSM's own memory under QEMU is 16 MiB from a multiple of that on.

    Args:
        serial: the VM's serial console.

    Raises:
        ValueError: it does not tell.
    """
    found = VMSA.search(serial)
    if found is None:
        raise ValueError("the SVSM does not say on the serial console where its VMSA is")
    vmsa = int(found[1], 16)
    return vmsa & -SVSM_MEMORY, vmsa


def requests(guest: Guest, svsm: tuple[int, int]) -> Iterator[Row]:
    """Make requests that are wrong in one way each; after each one a good one is granted.

    Args:
        guest: the VM.
        svsm: addresses of the SVSM's own memory and of a VMSA.
    """
    for attack, wanted, words in wrong(guest, svsm):
        yield Row(attack, wanted, [ask(guest, *words)])
        good = ask(guest, SHA384, ROOM, f"{PHYS}:0:1000001:fff")
        if good != "SUCCESS 0":
            yield Row(f"a good request after: {attack}", "SUCCESS 0", [good])


def wrong(guest: Guest, svsm: tuple[int, int]) -> Iterator[tuple[str, str, tuple[object, ...]]]:
    """What is asked, what has to come of it, and the words for it."""
    one = f"{PHYS}:0:1000000:1000"
    yield (
        "measure odd addresses, which is allowed",
        "SUCCESS 0",
        (SHA384, ROOM, f"{PHYS}:0:1000003:2"),
    )
    yield "no range", "EINVAL", (SHA384, ROOM)
    yield "an empty range", "EINVAL", (SHA384, ROOM, f"{PHYS}:0:1000000:0")
    yield "a range that wraps", "EINVAL", (SHA384, ROOM, f"{PHYS}:0:fffffffffffff000:2000")
    yield "overlapping ranges", "EINVAL 80001002", (SHA384, ROOM, one, f"{PHYS}:0:1000fff:1")
    many = [f"{PHYS}:0:{0x1000000 + 16 * each:x}:8" for each in range(1025)]
    yield "more ranges than the SVSM takes", "E2BIG", (SHA384, ROOM, *many)
    yield "an unknown hash algorithm", "EINVAL 80001006", (9, ROOM, one)
    yield "an unknown kind of range", "EINVAL", (SHA384, ROOM, "9:0:1000000:1000")
    yield "a result buffer that is too small", "ENOSPC 80001005", (SHA384, 367, one)
    for what, at in zip(("the SVSM's own memory", "a VMSA"), svsm, strict=True):
        yield what, NOT_GUEST, (SHA384, ROOM, f"{PHYS}:0:{at:x}:1000")
    yield "MMIO: the interrupt controller", NOT_GUEST, (SHA384, ROOM, f"{PHYS}:0:fec00000:1000")
    yield "beyond all memory", NOT_GUEST, (SHA384, ROOM, f"{PHYS}:0:ffffffff000:1000")
    shared = SHARED.search(guest.say("dmesg"))
    if shared is None:
        raise ValueError("the guest's kernel does not say where it shares memory with the host")
    yield "memory shared with the host", NOT_PRIVATE, (SHA384, ROOM, f"{PHYS}:0:{shared[1]}:1000")
    yield "an unmapped kernel address", "EFAULT", (SHA384, ROOM, f"{KERNEL}:0:ffff800000000000:8")
    yield "a process that is not there", "ESRCH", (SHA384, ROOM, f"{PROCESS}:3ffffe:1000:1000")


def ask(guest: Guest, *words: object) -> str:
    """Make a request; return errno's name and, if the SVSM was asked, its code."""
    command = " ".join(["perl /dev/stdin", *map(str, words)])
    done = guest.run(command, SCRIPT.read_bytes())
    if done.returncode:
        return done.stderr.decode("utf-8", "replace").strip()
    name, code, *_ = done.stdout.decode().split()
    return (
        name if int(code, 16) in (0, 0xFFFFFFFFFFFFFFFF) and name != "SUCCESS" else f"{name} {code}"
    )
