"""Evidence as a guest makes it, right or wrong, by an emulated chip and a test key."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any, Final

from tests.builders import snp_chains, snp_reports
from tests.measurement import vectors
from tests.measurement.vectors import Record

LAUNCH_DIGEST: Final = b"\x4d" * 48
"""As in the reports of snp_reports."""
NONCE: Final = vectors.NONCE

KERNEL: Final = vectors.memory(0x3E000000, 0x9001)
INITRD: Final = vectors.memory(0x3D000000, 0x7FFF)
CMDLINE: Final = b"console=ttyS0 root=/dev/vda1"

RECORDS: Final = (
    Record(purpose="firmware:kernel", ranges=[(0x3E000000, len(KERNEL))], content=KERNEL),
    Record(purpose="firmware:initrd", ranges=[(0x3D000000, len(INITRD))], content=INITRD),
    Record(
        purpose="firmware:cmdline",
        ranges=[(0x3C000010, len(CMDLINE) + 1)],
        content=CMDLINE + b"\0",
    ),
    Record(purpose="kernel-text", ranges=[(0x1000000, 0x2000), (0x1200000, 0x1000)]),
    Record(purpose="module:svsm_measure", ranges=[(0x7000, 4096), (0x3000, 4096), (0x5000, 8)]),
    Record(
        purpose="process:4711:7f0012345678:1345",
        ranges=[(0x12345678, 0x988), (0x9ABC000, 0x9BD)],
        algorithm=vectors.SHA512,
    ),
    Record(purpose="phys:100000:1003/1", ranges=[(0x100000, 0x1000)]),
    Record(purpose="phys:100000:1003/2", ranges=[(0x101000, 3)]),
)
"""One of every kind; counters are given by :func:`numbered`."""


def numbered(*records: Record, start: int = 1) -> list[Record]:
    """Give records their counters in order."""
    return [replace(record, counter=counter) for counter, record in enumerate(records, start)]


def changed(index: int, **values: Any) -> list[Record]:  # noqa: ANN401 - as Record
    """The usual records with other values in one of them."""
    records = numbered(*RECORDS)
    records[index] = replace(records[index], **values)
    return records


@cache
def usual_table() -> bytes:
    """The emulated chip's certificates, made once."""
    return table()


def table(**certificates: bytes) -> bytes:
    """A table of certificates; those that are not given are the usual ones."""
    usual = {
        "VCEK": snp_chains.vcek(),
        "ASK": snp_chains.intermediate(),
        "ARK": snp_chains.root(),
    }
    return vectors.certificate_table(usual | certificates)


def key(
    scalar: bytes = vectors.PRIVATE_KEY,
    nonce: bytes = NONCE,
    certificates: bytes | None = None,
    **report: Any,  # noqa: ANN401 - as snp_reports.report
) -> bytes:
    """Key evidence.

    Args:
        scalar: the SVSM's private key.
        nonce: the verifier's.
        certificates: the table; None takes the usual one.
        **report: other values of the report.
    """
    public, purpose = vectors.public_key(scalar), vectors.nonce_for("key", nonce)
    values: dict[str, Any] = {
        "report_data": vectors.report_data(public, purpose),
        "vmpl": 0,
    } | report
    signed = snp_reports.signed_report(**values)
    found = usual_table() if certificates is None else certificates
    return vectors.key_evidence(public, purpose, signed, found)


def evidence(records: list[Record] | None = None, key_evidence: bytes | None = None) -> bytes:
    """An evidence file; the usual records with the usual key if nothing else is given."""
    entries = [
        vectors.entry(record.purpose, record.pack())
        for record in (numbered(*RECORDS) if records is None else records)
    ]
    return vectors.evidence(key() if key_evidence is None else key_evidence, entries)
