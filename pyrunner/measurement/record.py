"""Records that the SVSM signs, read strictly.

Source: docs/measurement-protocol.md, section 2.
"""

from __future__ import annotations

from dataclasses import dataclass

from pyrunner.measurement import layout
from pyrunner.measurement.layout import Algorithm
from pyrunner.measurement.reasons import MeasurementError, Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What a record says; nothing of it is to be believed before it is verified.

    Attributes:
        counter: 1 for the first since the SVSM started.
        total: bytes measured, as the record says.
        nonce: for the purpose, 64 bytes.
        digest: 48 or 64 bytes.
        key_id: SHA-384 of the public key, 48 bytes.
        ranges: guest-physical address and length in bytes each, in the order of hashing.
        signed: the bytes under the signature.
        signature: R and S, 48 bytes big-endian each.
    """

    algorithm: Algorithm
    counter: int
    total: int
    nonce: bytes
    digest: bytes
    key_id: bytes
    ranges: tuple[tuple[int, int], ...]
    signed: bytes
    signature: bytes


def read_record(raw: bytes, name: str) -> Record:
    """Take a record apart.

    Args:
        raw: all bytes of it, and no more.
        name: what messages call it.

    Raises:
        MeasurementError: it is no record of version 1 in form (reasons ``record_*``).
    """
    if len(raw) < layout.RECORD.size + layout.SIGNATURE:
        raise _wrong(Reason.RECORD_SIZE, name, f"has {len(raw)} bytes, which are too few")
    magic, version, number, count, counter, total, nonce, digest, key_id, reserved = (
        layout.RECORD.unpack_from(raw)
    )
    if magic != layout.RECORD_MAGIC:
        raise _wrong(Reason.RECORD_MAGIC, name, f"begins with {magic.hex()}: it is no record")
    if version != layout.VERSION:
        raise _wrong(Reason.RECORD_VERSION, name, f"has version {version}; known is 1")
    size = layout.RECORD.size + count * layout.RANGE.size + layout.SIGNATURE
    if len(raw) != size:
        message = f"has {len(raw)} bytes, not {size} as {count} ranges take"
        raise _wrong(Reason.RECORD_SIZE, name, message)
    algorithm = _algorithm(number, name)
    if any(reserved) or any(digest[algorithm.size :]):
        raise _wrong(Reason.RECORD_RESERVED, name, "has reserved bytes that are not zero")
    signed = raw[: -layout.SIGNATURE]
    return Record(
        algorithm=algorithm,
        counter=counter,
        total=total,
        nonce=nonce,
        digest=digest[: algorithm.size],
        key_id=key_id,
        ranges=tuple(layout.RANGE.iter_unpack(signed[layout.RECORD.size :])),
        signed=signed,
        signature=raw[-layout.SIGNATURE :],
    )


def _algorithm(number: int, name: str) -> Algorithm:
    if number not in list(Algorithm):
        raise _wrong(
            Reason.RECORD_ALGORITHM, name, f"names hash algorithm {number}; known are 1 and 2"
        )
    return Algorithm(number)


def _wrong(reason: Reason, name: str, what: str) -> MeasurementError:
    return MeasurementError.of(reason, f"the record {name} {what}")
