"""Somebody between guest and verifier, who has all evidence that there ever was, and changes it."""

from __future__ import annotations

import secrets
from dataclasses import replace
from typing import TYPE_CHECKING

from tests.attacks.guest import Answer, Row

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.attacks.judging import Verifier

Entries = list[tuple[bytes, bytes]]
HEADER = 0x18


def forging(verifier: Verifier, old: Answer, new: Answer) -> Iterator[Row]:
    """Offer changed evidence for what was asked.

    Args:
        verifier: who is to be deceived.
        old: evidence of before, with kernel-text and kernel-rodata first of what follows the
            firmware's records.
        new: good evidence of the same things for another nonce.
    """
    yield Row("nothing: evidence as it is", "verified", verifier.reasons(new))
    yield _row(verifier, "replay old evidence for a new nonce", "key_nonce", new.nonce, old.data)
    unasked = replace(new, nonce=secrets.token_bytes(64))
    yield Row("answer another verifier's question", "record_nonce", verifier.reasons(unasked))
    yield _row(verifier, "cut the last byte off", "evidence_size", new.nonce, new.data[:-1])
    changes: tuple[tuple[str, str, Callable[[Entries], Entries]], ...] = (
        ("flip a bit of a digest", "record_signature", _flipped),
        ("swap two things' records", "record_nonce", _swapped),
        (
            "give records in another order",
            "counter_order",
            lambda them: [*them[:-2], *them[:-3:-1]],
        ),
        ("give a record twice", "purpose_twice", lambda them: [*them, them[-1]]),
        ("put an old record among new ones", "record_nonce", lambda them: _mixed(them, old)),
    )
    for attack, reason, change in changes:
        changed = rebuilt(new.data, change)
        yield _row(verifier, attack, reason, new.nonce, changed)
    other = replace(verifier, launch_digest=bytes(48))
    yield Row("run another SVSM's image", "measurement", other.reasons(new))
    offered = bytearray(new.data)
    offered[HEADER + 0x50] ^= 1
    yield _row(verifier, "offer a key of one's own", "key_binding", new.nonce, bytes(offered))


def _row(verifier: Verifier, attack: str, wanted: str, nonce: bytes, data: bytes) -> Row:
    return Row(attack, wanted, verifier.reasons(Answer(nonce, data)))


def taken_apart(data: bytes) -> tuple[bytes, Entries]:
    """Split evidence into what is before its entries, and these as (purpose, record)."""
    at = HEADER + int.from_bytes(data[0xC:0x10], "little")
    head, found = data[:at], []
    while at < len(data):
        name = at + 2 + int.from_bytes(data[at : at + 2], "little")
        end = name + 4 + int.from_bytes(data[name : name + 4], "little")
        found.append((data[at + 2 : name], data[name + 4 : end]))
        at = end
    return head, found


def rebuilt(data: bytes, change: Callable[[Entries], Entries]) -> bytes:
    """Change the entries of evidence; number of entries and size follow."""
    head, found = taken_apart(data)
    found = change(found)
    body = b"".join(
        len(purpose).to_bytes(2, "little") + purpose + len(record).to_bytes(4, "little") + record
        for purpose, record in found
    )
    size = len(head) + len(body)
    start = head[:0xA] + len(found).to_bytes(2, "little") + head[0xC:0x10]
    return start + size.to_bytes(4, "little") + head[0x14:] + body


def _flipped(entries: Entries) -> Entries:
    purpose, record = entries[-1]
    return [*entries[:-1], (purpose, record[:0x60] + bytes([record[0x60] ^ 1]) + record[0x61:])]


def _swapped(entries: Entries) -> Entries:
    (one, first), (other, second) = entries[-2:]
    return [*entries[:-2], (one, second), (other, first)]


def _mixed(entries: Entries, old: Answer) -> Entries:
    _, before = taken_apart(old.data)
    return [*entries[:-1], before[-1]]
