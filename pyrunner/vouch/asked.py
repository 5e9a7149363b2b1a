"""What a VM was asked, worked out again: role measurement's guest.sh does the same."""

from __future__ import annotations

import hashlib
from typing import Final

FIRST: Final = "first"
SECOND: Final = "second"
CONTENT: Final = "content"


def own(nonce: bytes, what: str, vm: str) -> bytes:
    """64 bytes that follow from the cell's nonce for one thing and one VM.

    With ``first`` and ``second`` they are the verifier's nonce of a VM's evidence, with ``content``
    the word in its process's memory.
    """
    return hashlib.sha512(nonce + f"measurement/{what}/{vm}".encode()).digest()


def content(nonce: bytes, vm: str, lines: int) -> bytes:
    """What the process in a VM holds in its memory: numbered lines of its word, in hexadecimal."""
    word = own(nonce, CONTENT, vm).hex()
    return "".join(f"{word} {number}\n" for number in range(1, lines + 1)).encode()
