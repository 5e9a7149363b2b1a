"""What has to hold of key and records beside the report and its chain.

Source: docs/measurement-protocol.md, section 7, points 3 to 7.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from pyrunner.measurement.layout import SCALAR
from pyrunner.measurement.purposes import ALWAYS, FIRMWARE, KEY, nonce_for
from pyrunner.measurement.ranges import check_addresses, check_ranges
from pyrunner.measurement.reasons import Failure, Reason

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pyrunner.attestation.report import Report
    from pyrunner.measurement.evidence import Entry, Evidence
    from pyrunner.measurement.key import KeyEvidence
    from pyrunner.measurement.record import Record


def check_key(key: KeyEvidence, report: Report | None, nonce: bytes) -> Iterator[Failure]:
    """Check that a report vouches for a key, and that it was asked for with this nonce.

    Args:
        key: as read.
        report: its report; None if that could not be taken apart.
        nonce: the verifier's, 64 bytes.
    """
    if key.nonce != nonce_for(KEY, nonce):
        message = "the key evidence answers another nonce: it is old, or somebody else's"
        yield Failure(Reason.KEY_NONCE, message)
    if report is not None and report.report_data != key.report_data:
        message = (
            f"the report data is {report.report_data.hex()}, and {key.report_data.hex()} for this "
            "key and nonce: the report vouches for another key"
        )
        yield Failure(Reason.KEY_BINDING, message)


def check_records(entries: Sequence[Entry], key_id: bytes, nonce: bytes) -> Iterator[Failure]:
    """Check key, nonce and ranges of every record, and that their purposes go together.

    Args:
        entries: all records.
        key_id: of the key that has to sign them, 48 bytes.
        nonce: the verifier's, 64 bytes.
    """
    for entry in entries:
        record, name = entry.record, entry.purpose.text
        if record.key_id != key_id:
            message = f"the record {name} names key {record.key_id.hex()}, not {key_id.hex()}"
            yield Failure(Reason.RECORD_KEY, message)
        if record.nonce != entry.purpose.nonce(nonce):
            message = f"the record {name} answers another nonce, or is for another purpose"
            yield Failure(Reason.RECORD_NONCE, message)
        yield from check_ranges(entry)
    yield from check_purposes(entries)


def check_signatures(evidence: Evidence) -> Iterator[Failure]:
    """Check that the key is one, and that it signed every record."""
    key = public_key(evidence.key)
    if key is None:
        yield Failure(Reason.KEY_POINT, "the public key is no point of P-384")
        return
    for entry in evidence.entries:
        if not signature_holds(entry.record, key):
            message = f"the record {entry.purpose.text} is not signed by the SVSM's key"
            yield Failure(Reason.RECORD_SIGNATURE, message)


def public_key(key: KeyEvidence) -> ec.EllipticCurvePublicKey | None:
    """Make the key; None if its numbers are no point of the curve."""
    x, y = numbers(key.public_key)
    try:
        return ec.EllipticCurvePublicNumbers(x, y, ec.SECP384R1()).public_key()
    except ValueError:
        return None


def signature_holds(record: Record, key: ec.EllipticCurvePublicKey) -> bool:
    """Tell whether a key signed a record (ECDSA P-384, SHA-384)."""
    signature = encode_dss_signature(*numbers(record.signature))
    try:
        key.verify(signature, record.signed, ec.ECDSA(hashes.SHA384()))
    except InvalidSignature:
        return False
    return True


def numbers(pair: bytes) -> tuple[int, int]:
    """Take X and Y, or R and S, apart: 48 bytes big-endian each."""
    return int.from_bytes(pair[:SCALAR], "big"), int.from_bytes(pair[SCALAR:], "big")


def check_purposes(entries: Sequence[Entry]) -> Iterator[Failure]:
    """Check that no purpose is there twice, that parts are whole, and the firmware's records."""
    for text, times in Counter(entry.purpose.text for entry in entries).items():
        if times > 1:
            yield Failure(Reason.PURPOSE_TWICE, f"{text} is there {times} times")
    for thing, parts in parts_of(entries).items():
        numbers = list(dict.fromkeys(entry.purpose.part for entry in parts))
        if numbers not in ([None], list(range(1, len(numbers) + 1))):
            listed = ", ".join("whole" if each is None else f"/{each}" for each in numbers)
            yield Failure(Reason.PURPOSE_PARTS, f"{thing} is there as {listed}")
        yield from check_addresses(parts)
    yield from check_firmware(entries)


def check_firmware(entries: Sequence[Entry]) -> Iterator[Failure]:
    """Check that the firmware's records are in order, and are all if there are any.

    It always measures a kernel and a command line, if only the zero byte at its end. With the
    command line last and its counter fixed, a guest OS can add nothing to them.
    """
    things = {entry.purpose.thing for entry in entries}
    missing = [each for each in ALWAYS if each not in things]
    if missing and things.intersection(FIRMWARE):
        message = f"the firmware measured something, and not {' and '.join(missing)}"
        yield Failure(Reason.FIRMWARE_MISSING, message)
    order = [_place(entry) for entry in entries]
    if order != sorted(order):
        message = f"the firmware's records are not first, in the order {', '.join(FIRMWARE)}"
        yield Failure(Reason.FIRMWARE_ORDER, message)


def parts_of(entries: Sequence[Entry]) -> dict[str, list[Entry]]:
    """Thing -> its records, in the order of the file."""
    found: dict[str, list[Entry]] = {}
    for entry in entries:
        found.setdefault(entry.purpose.thing, []).append(entry)
    return found


def _place(entry: Entry) -> int:
    """Where a record has to stand among the others: the firmware's first."""
    thing = entry.purpose.thing
    return FIRMWARE.index(thing) if thing in FIRMWARE else len(FIRMWARE)


def check_counters(entries: Sequence[Entry], after_counter: int) -> Iterator[Failure]:
    """Check that the firmware's records were the first, and that all others came later and later.

    The order of purposes belongs to this: see :func:`check_firmware`.
    """
    measured = [entry for entry in entries if entry.purpose.firmware]
    for wanted, entry in enumerate(measured, 1):
        if entry.record.counter != wanted:
            message = (
                f"the record {entry.purpose.text} has counter {entry.record.counter}, not {wanted}"
            )
            yield Failure(Reason.FIRMWARE_COUNTER, message)
    least = len(measured)
    for entry in entries:
        if not entry.purpose.firmware:
            yield from _later(entry, least, after_counter)
            least = max(least, entry.record.counter)


def _later(entry: Entry, least: int, after_counter: int) -> Iterator[Failure]:
    counter, name = entry.record.counter, entry.purpose.text
    if counter <= least:
        message = f"the record {name} has counter {counter}, which is not greater than {least}"
        yield Failure(Reason.COUNTER_ORDER, message)
    if counter <= after_counter:
        message = f"the record {name} has counter {counter}, and {after_counter} was seen before"
        yield Failure(Reason.COUNTER_SEEN, message)
