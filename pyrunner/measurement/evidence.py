"""Evidence files, read strictly: every byte means something.

Source: docs/measurement-protocol.md, section 6.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pyrunner.measurement import layout
from pyrunner.measurement.key import KeyEvidence, read_key_evidence
from pyrunner.measurement.purposes import Purpose, read_purpose
from pyrunner.measurement.reasons import MeasurementError, Reason
from pyrunner.measurement.record import Record, read_record

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True, slots=True)
class Entry:
    """A record and what it is for."""

    purpose: Purpose
    record: Record


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a file holds; nothing of it is to be believed before it is verified.

    Attributes:
        key: the SVSM's key with report and certificates.
        entries: at least one, in the order of the file.
    """

    key: KeyEvidence
    entries: tuple[Entry, ...]


def read_evidence(data: bytes) -> Evidence:
    """Take an evidence file apart.

    Args:
        data: the whole file.

    Raises:
        MeasurementError: it is not evidence of version 1 to the last byte; with the first thing
            that is wrong, as nothing behind that can be found.
    """
    count, key_size = _header(data)
    first = layout.EVIDENCE.size + key_size
    key = read_key_evidence(data[layout.EVIDENCE.size : first])
    entries = tuple(_entries(data, first))
    if len(entries) != count or not entries:
        message = f"the evidence says {count} entries and has {len(entries)}; one at least is due"
        raise MeasurementError.of(Reason.ENTRY_COUNT, message)
    return Evidence(key, entries)


def _header(data: bytes) -> tuple[int, int]:
    """Check the header; returns number of entries and size of key evidence."""
    if not data.startswith(layout.EVIDENCE_MAGIC):
        message = f"the file begins with {data[:8].hex() or 'nothing'}: it is no evidence"
        raise MeasurementError.of(Reason.EVIDENCE_MAGIC, message)
    if len(data) < layout.EVIDENCE.size:
        raise _cut_off(f"it has {len(data)} bytes")
    _, version, count, key_size, size, reserved = layout.EVIDENCE.unpack_from(data)
    if version != layout.VERSION:
        message = f"the evidence has version {version}; known is 1"
        raise MeasurementError.of(Reason.EVIDENCE_VERSION, message)
    if reserved:
        message = "the evidence has reserved bytes that are not zero"
        raise MeasurementError.of(Reason.EVIDENCE_RESERVED, message)
    if size != len(data):
        raise _cut_off(f"it has {len(data)} bytes and says {size}")
    if key_size > len(data) - layout.EVIDENCE.size:
        raise _cut_off(f"its key evidence has {key_size} bytes")
    return count, key_size


def _entries(data: bytes, at: int) -> Iterator[Entry]:
    while at < len(data):
        name, at = _sized(data, at, layout.PURPOSE_SIZE.size)
        raw, at = _sized(data, at, layout.RECORD_SIZE.size)
        purpose = read_purpose(name.decode("latin-1"))
        yield Entry(purpose, read_record(raw, purpose.text))


def _sized(data: bytes, at: int, width: int) -> tuple[bytes, int]:
    """Read a size of ``width`` bytes and that many bytes; returns these and what is behind them."""
    start = at + width
    end = start + int.from_bytes(data[at:start], "little")
    if end > len(data):
        raise _cut_off(f"an entry ends at {end} of {len(data)} bytes")
    return data[start:end], end


def _cut_off(what: str) -> MeasurementError:
    return MeasurementError.of(Reason.EVIDENCE_SIZE, f"the evidence is cut off or too long: {what}")
