"""Whatever is changed in good evidence, it is refused, for a known reason and without a crash."""

from __future__ import annotations

import os
import random
import struct
import warnings
from typing import TYPE_CHECKING, Final

import pytest

from pyrunner.attestation import failures as attestation
from pyrunner.measurement.layout import KEY
from pyrunner.measurement.reasons import Reason
from pyrunner.measurement.verify import first_failure, verify
from tests.builders import measurement as built
from tests.measurement import vectors
from tests.measurement.conftest import WANTED

if TYPE_CHECKING:
    from collections.abc import Callable

    from pyrunner.attestation.verify import Anchors

MUTATIONS: Final = 10_000
SEED: Final = int(os.environ.get("MUTATION_SEED", "20261126"))
"""Set MUTATION_SEED to try others; a failing test shows it."""
HEAD: Final = 0x18
REPORT: Final = HEAD + 0xB0
CERTIFICATES: Final = HEAD + KEY.size
SIZE_FIELD: Final = 16


def small() -> bytes:
    """Evidence with one record."""
    return built.evidence(built.numbered(built.RECORDS[3]))


def refused(data: bytes, anchors: Anchors) -> Reason | attestation.Reason:
    """Why evidence is refused; it has to be, and for a reason that is known."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of odd certificates, which are refused
        failure = first_failure(data, anchors, WANTED)
    assert failure is not None
    assert isinstance(failure.reason, Reason | attestation.Reason)
    assert "\x1b" not in failure.message
    return failure.reason


def flipped(data: bytes, bit: int) -> bytes:
    """Flip a bit, counted from the lowest of the first byte."""
    changed = bytearray(data)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


def parts(data: bytes) -> dict[str, tuple[int, int]]:
    """Which bytes are which part of evidence: the first, and the one behind the last."""
    entries = CERTIFICATES + len(built.usual_table())
    return {
        "head": (0, REPORT),
        "report": (REPORT, CERTIFICATES),
        "certificates": (CERTIFICATES, entries),
        "record": (entries, len(data)),
    }


@pytest.mark.parametrize(
    ("part", "step"),
    [
        ("head", 1),
        ("record", 1),
        ("report", 1),
        ("certificates", 5),
        pytest.param("certificates", 1, marks=pytest.mark.slow),
    ],
)
def test_every_flipped_bit_is_noticed(anchors: Anchors, part: str, step: int) -> None:
    data = small()
    first, end = parts(data)[part]
    for bit in range(8 * first, 8 * end, step):
        refused(flipped(data, bit), anchors)


def test_every_bit_of_a_record_is_noticed_by_its_own_check(anchors: Anchors) -> None:
    """Chain and report are good here: only the record's checks can find it."""
    data = small()
    first, end = parts(data)["record"]
    found = {refused(flipped(data, bit), anchors) for bit in range(8 * first, 8 * end, 3)}
    assert not found & set(attestation.Reason)


def test_every_cut_is_noticed(anchors: Anchors) -> None:
    data = small()
    for size in range(len(data)):
        refused(data[:size], anchors)


def change_byte(data: bytearray, dice: random.Random) -> None:
    """Give a byte another value."""
    data[dice.randrange(len(data))] ^= dice.randrange(1, 256)


def flip_bits(data: bytearray, dice: random.Random) -> None:
    """Flip some bits."""
    for _ in range(dice.randrange(1, 5)):
        data[dice.randrange(len(data))] ^= 1 << dice.randrange(8)


def insert(data: bytearray, dice: random.Random) -> None:
    """Put bytes somewhere."""
    at = dice.randrange(len(data) + 1)
    data[at:at] = dice.randbytes(dice.randrange(1, 40))


def delete(data: bytearray, dice: random.Random) -> None:
    """Take bytes away."""
    at = dice.randrange(len(data))
    del data[at : at + dice.randrange(1, 40)]


def swap(data: bytearray, dice: random.Random) -> None:
    """Swap two blocks of one size."""
    size = dice.randrange(1, 128)
    a, b = sorted(dice.sample(range(len(data) - size), 2))
    if b - a >= size:
        data[a : a + size], data[b : b + size] = data[b : b + size], data[a : a + size]


def copy(data: bytearray, dice: random.Random) -> None:
    """Overwrite a block with another."""
    size = dice.randrange(1, 128)
    a, b = dice.sample(range(len(data) - size), 2)
    data[a : a + size] = data[b : b + size]


def truncate(data: bytearray, dice: random.Random) -> None:
    """Cut the end off."""
    del data[dice.randrange(len(data)) :]


KINDS: Final[tuple[Callable[[bytearray, random.Random], None], ...]] = (
    *(change_byte, flip_bits, insert, delete, swap, copy, truncate),
)


def mutated(data: bytes, dice: random.Random) -> bytes:
    """Change evidence once or twice; half of the time its size field is set right again."""
    changed = bytearray(data)
    for _ in range(dice.choice((1, 1, 2))):
        if len(changed) > 300:
            dice.choice(KINDS)(changed, dice)
    if dice.random() < 0.5 and len(changed) >= HEAD:
        changed[SIZE_FIELD : SIZE_FIELD + 4] = struct.pack("<I", len(changed))
    return bytes(changed)


def test_ten_thousand_mutations_are_refused(anchors: Anchors) -> None:
    data, dice = built.evidence(), random.Random(SEED)  # noqa: S311 - repeatable on purpose
    found = set()
    tried = 0
    while tried < MUTATIONS:
        changed = mutated(data, dice)
        if changed != data:
            try:
                found.add(refused(changed, anchors))
            except BaseException:
                print(f"MUTATION_SEED={SEED}, mutation {tried}: {changed.hex()}")  # noqa: T201
                raise
            tried += 1
    assert len(found) > 15, f"MUTATION_SEED={SEED} reaches too little: {sorted(found)}"


def test_entries_cannot_be_cut_and_pasted(anchors: Anchors) -> None:
    """Whole entries moved, dropped from the middle of the firmware's or doubled."""
    entries = [
        vectors.entry(record.purpose, record.pack()) for record in built.numbered(*built.RECORDS)
    ]
    key = built.key()
    for i in range(len(entries)):
        doubled = [*entries[: i + 1], *entries[i:]]
        refused(vectors.evidence(key, doubled), anchors)
        for j in range(i):
            moved = list(entries)
            moved[i], moved[j] = moved[j], moved[i]
            refused(vectors.evidence(key, moved), anchors)
    for i in range(2):
        refused(vectors.evidence(key, entries[:i] + entries[i + 1 :]), anchors)


def test_the_full_verdict_is_the_same(anchors: Anchors) -> None:
    """A few mutations by the way that finds everything."""
    data, dice = built.evidence(), random.Random(SEED + 1)  # noqa: S311 - as above
    for _ in range(200):
        changed = mutated(data, dice)
        verdict = verify(changed, anchors, WANTED)
        assert verdict.verified == (changed == data), f"MUTATION_SEED={SEED}"
