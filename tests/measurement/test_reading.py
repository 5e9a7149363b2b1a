"""Evidence is read strictly: to the last byte, and only what version 1 knows."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pyrunner.attestation.cert_table import read_table
from pyrunner.measurement.certificates import chain_files
from pyrunner.measurement.evidence import Evidence, read_evidence
from pyrunner.measurement.key import read_key_evidence
from pyrunner.measurement.layout import Algorithm
from pyrunner.measurement.purposes import nonce_for, read_purpose
from pyrunner.measurement.reasons import MeasurementError, Reason
from pyrunner.measurement.record import read_record
from tests.builders import measurement as built
from tests.measurement import vectors
from tests.measurement.vectors import Record

if TYPE_CHECKING:
    from collections.abc import Callable

RECORD: Final = built.RECORDS[3]
ENTRY: Final = vectors.entry(RECORD.purpose, RECORD.pack())
KEY: Final = vectors.key_evidence(
    vectors.public_key(), vectors.nonce_for("key"), vectors.dummy_report(bytes(64))
)
EVIDENCE: Final = vectors.evidence(KEY, [ENTRY])


def refused(call: Callable[..., object], *args: object) -> Reason:
    """Why something cannot be read."""
    with pytest.raises(MeasurementError) as error:
        call(*args)
    assert len(error.value.failures) == 1
    reason = error.value.failures[0].reason
    assert isinstance(reason, Reason)
    return reason


def patched(data: bytes, offset: int, content: bytes) -> bytes:
    """Overwrite bytes."""
    return data[:offset] + content + data[offset + len(content) :]


# The independent implementation's vectors.


@pytest.mark.parametrize("name", vectors.CASES)
def test_records_say_what_was_put_into_them(name: str) -> None:
    made = vectors.CASES[name]
    read = read_record(made.pack(), name)
    assert read.algorithm == made.algorithm
    assert (read.counter, read.total) == (made.counter, made.total)
    assert list(read.ranges) == made.ranges
    assert read.digest.ljust(64, b"\0") == made.digest
    assert read.nonce == vectors.nonce_for(made.purpose)
    assert read.key_id == vectors.key_id(vectors.public_key())
    assert read.signed + read.signature == made.pack()


@pytest.mark.parametrize("purpose", [each for each in vectors.PURPOSES if each != "key"])
def test_nonces_are_those_of_the_purpose(purpose: str) -> None:
    assert read_purpose(purpose).nonce(vectors.NONCE) == vectors.nonce_for(purpose)


def test_the_keys_nonce_and_report_data_are_the_vectors() -> None:
    block = vectors.key_blocks()["key evidence with certificates"]
    evidence = block["evidence"]
    assert isinstance(evidence, bytes)
    key = read_key_evidence(evidence)
    assert key.nonce == nonce_for("key", vectors.NONCE) == block["nonce"]
    assert key.report_data == block["report_data"]
    assert key.certificates == block["certificates"]
    assert key.key_id == vectors.key_blocks()["key"]["key_id"]


def test_the_vectors_evidence_is_read() -> None:
    data = vectors.blocks()["evidence"]["file"]
    assert isinstance(data, bytes)
    read = read_evidence(data)
    names = [vectors.CASES[name].purpose for name in vectors.IN_EVIDENCE]
    assert [entry.purpose.text for entry in read.entries] == names


# Each field of the form.


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", Reason.EVIDENCE_MAGIC),
        (b"SVSMEVI", Reason.EVIDENCE_MAGIC),
        (b"SVSMEVID", Reason.EVIDENCE_SIZE),
        (patched(EVIDENCE, 0, b"X"), Reason.EVIDENCE_MAGIC),
        (patched(EVIDENCE, 8, b"\2"), Reason.EVIDENCE_VERSION),
        (patched(EVIDENCE, 10, b"\2"), Reason.ENTRY_COUNT),
        (patched(EVIDENCE, 10, b"\0"), Reason.ENTRY_COUNT),
        (vectors.evidence(KEY, []), Reason.ENTRY_COUNT),
        (patched(EVIDENCE, 12, b"\0\0\0\0"), Reason.KEY_SIZE),
        (patched(EVIDENCE, 12, b"\xff\xff\xff\xff"), Reason.EVIDENCE_SIZE),
        (patched(EVIDENCE, 16, b"\0"), Reason.EVIDENCE_SIZE),
        (patched(EVIDENCE, 20, b"\1"), Reason.EVIDENCE_RESERVED),
        (EVIDENCE + b"\0", Reason.EVIDENCE_SIZE),
        (EVIDENCE[:-1], Reason.EVIDENCE_SIZE),
        (vectors.evidence(KEY, [ENTRY, b"\0"]), Reason.EVIDENCE_SIZE),
        (vectors.evidence(KEY, [ENTRY[:-1]]), Reason.EVIDENCE_SIZE),
        (vectors.evidence(KEY, [ENTRY[:5]]), Reason.EVIDENCE_SIZE),
        (vectors.evidence(KEY, [vectors.entry("kernel-text", b"")]), Reason.RECORD_SIZE),
        (vectors.evidence(KEY, [struct.pack("<H", 0) + ENTRY[13:]]), Reason.PURPOSE),
    ],
)
def test_the_files_form(data: bytes, reason: Reason) -> None:
    assert refused(read_evidence, data) is reason


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (patched(KEY, 0, b"X"), Reason.KEY_MAGIC),
        (patched(KEY, 8, b"\0"), Reason.KEY_VERSION),
        (patched(KEY, 10, b"\1"), Reason.KEY_RESERVED),
        (patched(KEY, 12, b"\1"), Reason.KEY_SIZE),
        (KEY + b"\0", Reason.KEY_SIZE),
        (KEY[:-1], Reason.KEY_SIZE),
    ],
)
def test_the_key_evidences_form(data: bytes, reason: Reason) -> None:
    assert refused(read_key_evidence, data) is reason


@pytest.mark.parametrize(
    ("offset", "content", "reason"),
    [
        (0, b"X", Reason.RECORD_MAGIC),
        (8, b"\2", Reason.RECORD_VERSION),
        (10, b"\0", Reason.RECORD_ALGORITHM),
        (10, b"\3", Reason.RECORD_ALGORITHM),
        (12, b"\1", Reason.RECORD_SIZE),
        (12, b"\xff\xff\xff\xff", Reason.RECORD_SIZE),
        (0x90, b"\1", Reason.RECORD_RESERVED),
        (0x9F, b"\1", Reason.RECORD_RESERVED),
        (0xD0, b"\1", Reason.RECORD_RESERVED),
        (0xFF, b"\1", Reason.RECORD_RESERVED),
    ],
)
def test_the_records_form(offset: int, content: bytes, reason: Reason) -> None:
    assert refused(read_record, patched(RECORD.pack(), offset, content), "x") is reason


def test_sha512_takes_the_whole_field() -> None:
    record = Record(purpose="kernel-text", ranges=[(0, 1)], algorithm=vectors.SHA512)
    assert len(read_record(record.pack(), "x").digest) == Algorithm.SHA512.size == 64


# Purposes.


@pytest.mark.parametrize(
    "text",
    [
        *("kernel-text", "kernel-rodata", "kernel-text/1", "module:nf_tables", "module:a.b-C/12"),
        *("process:1:0:1", "process:4711:7f0012345678:0x2345", "phys:0:1000", "phys:0x10:1/3"),
        *("firmware:kernel", "firmware:initrd", "firmware:cmdline", "firmware:kernel/2"),
    ],
)
def test_purposes(text: str) -> None:
    found = read_purpose(text)
    assert found.text == text
    assert found.thing == text.partition("/")[0]
    assert found.firmware == text.startswith("firmware:")


@pytest.mark.parametrize(
    "text",
    [
        *("", "key", "kernel", "kernel-text ", "Kernel-text", "kernel-text/0", "kernel-text/01"),
        *("kernel-text/", "kernel-text/1/2", "kernel-text/-1", "kernel-text\n", "kernel-text\0"),
        *("module:", "module:a/b", "module:a:b", "module:\x1b[2J", "module:" + "a" * 200),
        *("process:1:0", "process:x:0:1", "process:1:g:1", "process:1:0:11111111111111111"),
        *("phys:0", "phys::1", "phys:0:1:2", "phys:0X1:1", "phys:\u0661:1", "module:ä"),
        *("firmware:", "firmware:kernel2", "firmware:shim", "FIRMWARE:kernel"),
    ],
)
def test_what_is_no_purpose(text: str) -> None:
    assert refused(read_purpose, text) is Reason.PURPOSE


def test_addresses_of_purposes_are_hexadecimal() -> None:
    found = read_purpose("phys:100000:1003/2")
    assert (found.gpa, found.length, found.part) == (0x100000, 0x1003, 2)
    process = read_purpose("process:10:20:30")
    assert (process.gpa, process.length, process.part) == (None, 0x30, None)


# Certificates.

VCEK, ASK, ARK = b"0vcek", b"0ask", b"0ark"
GOOD: Final = vectors.certificate_table({"VCEK": VCEK, "ASK": ASK, "ARK": ARK})
CRL: Final = bytes.fromhex("92f81bc358114d3d97ffd19f88dc67ea")


def table(*entries: tuple[bytes, int, int], body: bytes) -> bytes:
    """A table of GUIDs, offsets and lengths."""
    return b"".join(struct.pack("<16sII", *entry) for entry in entries) + bytes(24) + body


def test_a_tables_order_is_free() -> None:
    reordered = vectors.certificate_table({"ARK": ARK, "VLEK": VCEK, "ASK": ASK})
    assert chain_files(reordered).endorsement == VCEK
    assert chain_files(GOOD) == chain_files(reordered)


GUID: Final = vectors.GUIDS
TWICE: Final = (GUID["ASK"], 120 + 9, 4)
BEHIND: Final = 24 * 5


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"\0", "has no end"),
        (bytes(24), "VCEK or VLEK, ASK and ARK are wanted"),
        (GOOD + b"\0", "end at"),
        (GOOD[:-1], "end at"),
        (GOOD[:60], "no end"),
        (patched(GOOD, 16, b"\x61"), "behind"),
        (patched(GOOD, 20, b"\4"), "behind"),
        (patched(GOOD, 20, b"\0"), "twice or empty"),
        (patched(GOOD, 20, b"\xff\xff\xff\xff"), "behind"),
        (patched(GOOD, 96, b"x"), "the VCEK is not DER"),
        (vectors.certificate_table({"VCEK": VCEK, "ASK": ASK}), "are wanted"),
        (vectors.certificate_table({"VCEK": VCEK, "VLEK": VCEK, "ASK": ASK, "ARK": ARK}),
         "are wanted"),
        (table((GUID["VCEK"], BEHIND, 5), (GUID["ASK"], BEHIND + 5, 4), TWICE,
               (GUID["ARK"], BEHIND + 13, 4), body=VCEK + ASK + ASK + ARK), "ASK twice"),
        (table((GUID["VCEK"], BEHIND, 5), (GUID["ASK"], BEHIND + 5, 4), (CRL, BEHIND + 9, 1),
               (GUID["ARK"], BEHIND + 10, 4), body=VCEK + ASK + b"x" + ARK), "an unknown entry"),
    ],
)  # fmt: skip
def test_tables_that_are_refused(data: bytes, says: str) -> None:
    with pytest.raises(MeasurementError, match=says) as error:
        chain_files(data)
    assert error.value.failures[0].reason is Reason.CERTIFICATE_TABLE


def test_the_hosts_table_is_read_as_before() -> None:
    padded = table((CRL, 24 * 3, 1), (GUID["ASK"], 24 * 3 + 1, 4), body=b"x" + ASK).ljust(4096)
    assert read_table(padded, "x") == {"ASK": ASK}


# Anything at all.

NAMES: Final = st.sampled_from(["kernel-text", "kernel-rodata", "module:x", "process:1:10:20"])
NUMBERS: Final = st.integers(0, (1 << 64) - 1)
RANGES: Final = st.lists(st.tuples(NUMBERS, NUMBERS), max_size=5)


@given(data=st.binary(max_size=400))
@settings(max_examples=300, deadline=None)
def test_any_bytes_are_refused_with_a_reason(data: bytes) -> None:
    for start in (b"", b"SVSMEVID\1\0"):
        refused(read_evidence, start + data)


@given(data=st.binary(max_size=300), kind=st.sampled_from(["key", "record"]))
@settings(max_examples=300, deadline=None)
def test_any_bytes_inside_are_refused_with_a_reason(data: bytes, kind: str) -> None:
    key = data if kind == "key" else KEY
    entry = vectors.entry("kernel-text", data) if kind == "record" else ENTRY
    refused(read_evidence, vectors.evidence(key, [entry]))


@given(
    purposes=st.lists(NAMES, min_size=1, max_size=4),
    ranges=RANGES,
    counter=NUMBERS,
    algorithm=st.sampled_from([vectors.SHA384, vectors.SHA512]),
    content=st.binary(max_size=50),
    certificates=st.binary(max_size=50),
)
@settings(max_examples=60, deadline=None)
def test_what_is_built_is_read_back(  # noqa: PLR0913 - hypothesis gives them by name
    *,
    purposes: list[str],
    ranges: list[tuple[int, int]],
    counter: int,
    algorithm: int,
    content: bytes,
    certificates: bytes,
) -> None:
    total = sum(length for _, length in ranges)
    made = [
        Record(purpose=purpose, ranges=ranges, counter=counter, algorithm=algorithm,
               content=content)
        for purpose in purposes
    ]  # fmt: skip
    if total >= 1 << 64:  # no SVSM makes such a record
        return
    public, nonce = vectors.public_key(), vectors.nonce_for("key")
    key = vectors.key_evidence(public, nonce, vectors.dummy_report(nonce), certificates)
    data = built.evidence(made, key)
    read = read_evidence(data)
    assert read.key.certificates == certificates
    assert repacked(read) == data


def repacked(read: Evidence) -> bytes:
    """Write what was read."""
    key = vectors.key_evidence(
        read.key.public_key, read.key.nonce, read.key.report, read.key.certificates
    )
    entries = [
        vectors.entry(each.purpose.text, each.record.signed + each.record.signature)
        for each in read.entries
    ]
    return vectors.evidence(key, entries)
