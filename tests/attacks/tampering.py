"""Somebody with root's rights in the guest changes what should never change."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from tests.attacks.guest import Row
from tests.attacks.judging import VERIFIED

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.attacks.guest import Guest
    from tests.attacks.judging import Verifier

THINGS: Final = "kernel-text kernel-rodata module svsm_measure"
PADDED: Final = re.compile(r"^([0-9a-f]+) t (?:__pfx_)(\w+)\s+\[svsm_measure\]$", re.MULTILINE)
LATER: Final = r"^([0-9a-f]+) t {name}\s+\[svsm_measure\]$"


def tampering(guest: Guest, verifier: Verifier) -> Iterator[Row]:
    """Flip a byte of the kernel's constants, then of a module's text; put each back."""
    symbols = guest.say("cat /proc/kallsyms")
    taught = verifier.taught(guest.measure(THINGS))
    yield Row("nothing: memory as it was", VERIFIED, taught.reasons(guest.measure(THINGS)))
    targets = {
        "a byte of the kernel's constants": banner(symbols),
        "a byte of a module's text": padding(symbols),
    }
    for what, address in targets.items():
        load = f"modprobe svsm_measure_tamper address=0x{address:x}"
        guest.say(load)
        seen = taught.reasons(guest.measure(THINGS))
        guest.say("rmmod svsm_measure_tamper")
        yield Row(f"flip {what}", "reference_digest", seen)
        again = taught.reasons(guest.measure(THINGS))
        yield Row(f"put {what} back", VERIFIED, again)


def banner(symbols: str) -> int:
    """Address of the text that /proc/version shows.

    Raises:
        ValueError: the guest's kernel does not tell it.
    """
    found = re.search(r"^([0-9a-f]+) [rRdD] linux_proc_banner$", symbols, re.MULTILINE)
    if found is None or not int(found[1], 16):
        raise ValueError("linux_proc_banner has no address in /proc/kallsyms")
    return int(found[1], 16)


def padding(symbols: str) -> int:
    """Address of a byte before a function of the module, which nobody executes.

    Raises:
        ValueError: the kernel leaves no padding before functions (CONFIG_CALL_PADDING).
    """
    for start, name in PADDED.findall(symbols):
        function = re.search(LATER.format(name=re.escape(name)), symbols, re.MULTILINE)
        if function and int(function[1], 16) > int(start, 16):
            return int(function[1], 16) - 1
    raise ValueError("no function of svsm_measure has padding before it")
