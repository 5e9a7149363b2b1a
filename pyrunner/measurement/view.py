"""A verdict on evidence as people and as programs read it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pyrunner.attestation import view

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyrunner.measurement.evidence import Entry
    from pyrunner.measurement.references import References
    from pyrunner.measurement.verify import Verdict


def as_dict(verdict: Verdict, references: References) -> dict[str, Any]:
    """Make what ``--json`` prints: plain values, bytes in hexadecimal."""
    evidence = verdict.evidence
    return view.as_dict(
        verdict,
        key_id=evidence.key.key_id.hex() if evidence else None,
        last_counter=last_counter(evidence.entries) if evidence else None,
        records=[_record(each, references) for each in evidence.entries] if evidence else [],
    )


def last_counter(entries: tuple[Entry, ...]) -> int:
    """The greatest counter, which the next evidence of the same key has to exceed."""
    return max(entry.record.counter for entry in entries)


def _record(entry: Entry, references: References) -> dict[str, Any]:
    record = entry.record
    return {
        "purpose": entry.purpose.text,
        "counter": record.counter,
        "bytes": record.total,
        "algorithm": record.algorithm.word,
        "digest": record.digest.hex(),
        "ranges": [list(each) for each in record.ranges],
        "reference": entry.purpose.text in references.records,
    }


def rows(verdict: Verdict, references: References) -> Iterator[tuple[str, str]]:
    """Name and value of what people look for: what vouches for it, and what was measured."""
    if verdict.report is not None:
        yield "launch digest", verdict.report.measurement.hex()
        yield "reported TCB", str(verdict.report.reported_tcb)
    if verdict.evidence is None:
        return
    yield "key", verdict.evidence.key.key_id.hex()
    yield "last counter", str(last_counter(verdict.evidence.entries))
    for entry in verdict.evidence.entries:
        record, name = entry.record, entry.purpose.text
        count = len(record.ranges)
        compared = "with a reference" if name in references.records else "no reference"
        ranges = f"{count} range" if count == 1 else f"{count} ranges"
        told = f"counter {record.counter}, {record.total:,} bytes in {ranges}, {compared}"
        yield name, told
        yield "", f"{record.algorithm.word} {record.digest.hex()}"
