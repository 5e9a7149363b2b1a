"""Thing by thing: the same in both measurements, and what is known of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pyrunner.measurement.checks import parts_of
from pyrunner.measurement.compare import differences
from pyrunner.measurement.purposes import FIRMWARE as FIRMWARE_PURPOSES
from pyrunner.measurement.references import Reference
from pyrunner.vouch.expected import THINGS
from pyrunner.vouch.vouched import FIRMWARE, PROCESS, Thing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from pyrunner.measurement.evidence import Entry, Evidence
    from pyrunner.measurement.layout import Algorithm
    from pyrunner.vouch.expected import Expected, Known

    Find = Callable[[str, Algorithm], Reference | None]

NO_FIRMWARE: Final = (
    "it measured nothing: it is the distribution's — set build_ovmf_flavour=patched"
)
SAME: Final = "the same both times"
FOUND: Final = {
    PROCESS: f"{SAME}, and what was put there",
    "firmware:kernel": f"{SAME}, and the component's file",
    "firmware:initrd": f"{SAME}, and the component's file",
    "firmware:cmdline": f"{SAME}, and what the VM was started with",
}
"""What is said of a thing whose digest is known from elsewhere."""


def compared(
    first: Evidence, second: Evidence, expected: Expected, known: Known
) -> Iterator[Thing]:
    """Compare all things of two evidence files that are verified.

    Args:
        first: whose records are the reference for the second's.
        second: made later, for another nonce.
        expected: what the cell's VMs are measured against.
        known: what this VM alone has in its memory.
    """
    find = _finder(expected, known)
    ones, others = _by_name(first), _by_name(second)
    measured = [name for name in FIRMWARE_PURPOSES if expected.firmware or name in ones]
    for name in (*THINGS, PROCESS, *measured):
        yield _thing(name, ones.get(name, []), others.get(name, []), find)
    if not measured:
        yield Thing(name=FIRMWARE, status="skipped", said=NO_FIRMWARE)
    unknown = set(ones) | set(others)
    unknown -= {*THINGS, PROCESS, *measured}
    for name in sorted(unknown):
        yield Thing(name=name, status="failed", said="nobody asked for it")


def _by_name(evidence: Evidence) -> dict[str, list[Entry]]:
    """Name of a thing -> its records; a process keeps its number to itself."""
    found: dict[str, list[Entry]] = {}
    for thing, parts in parts_of(evidence.entries).items():
        found.setdefault(PROCESS if thing.startswith("process:") else thing, []).extend(parts)
    return found


def _finder(expected: Expected, known: Known) -> Find:
    """Make a function that finds a thing's reference by the algorithm of its record."""
    contents = {PROCESS: known.process, "firmware:cmdline": known.command_line + b"\0"}

    def find(name: str, algorithm: Algorithm) -> Reference | None:
        if name in contents:
            return Reference.of_content(contents[name], algorithm)
        digest = expected.references.get(name, {}).get(algorithm.word)
        if digest is None:
            return None
        return Reference(algorithm=algorithm, digest=bytes.fromhex(digest))

    return find


def _thing(name: str, ones: Sequence[Entry], others: Sequence[Entry], find: Find) -> Thing:
    """Compare a thing's records with each other and with what is known."""
    if not ones or not others:
        lacks = "first" if not ones else "second"
        return Thing(name=name, status="failed", said=f"the {lacks} evidence does not have it")
    wrong = [*_changed(name, ones, others), *_unlike(name, ones, find)]
    single = ones[0].record if len(ones) == 1 else None
    return Thing(
        name=name,
        status="failed" if wrong else "verified",
        said="; ".join(wrong) or FOUND.get(name, SAME),
        digest=single.digest.hex() if single else "",
        algorithm=ones[0].record.algorithm.word,
        size=sum(entry.record.total for entry in ones),
        ranges=sum(len(entry.record.ranges) for entry in ones),
    )


def _changed(name: str, ones: Sequence[Entry], others: Sequence[Entry]) -> Iterator[str]:
    """What is not as it was: content, length, and of what cannot move the place."""
    if [one.purpose.text for one in ones] != [other.purpose.text for other in others]:
        yield "it was measured in other parts the second time"
        return
    for one, other in zip(ones, others, strict=True):
        before = Reference.of_record(one.record, with_ranges=name != PROCESS)
        for failure in differences(other.purpose.text, other.record, before):
            yield f"it changed in between: {failure.message} ({failure.reason})"


def _unlike(name: str, ones: Sequence[Entry], find: Find) -> Iterator[str]:
    """How it differs from what is known of it; things of which nothing is known do not."""
    if name not in FOUND:
        return
    for one in ones:
        reference = find(name, one.record.algorithm)
        if reference is None:
            yield f"no {one.record.algorithm.word} of it is known to compare with"
        else:
            for failure in differences(one.purpose.text, one.record, reference):
                yield f"it is not what it should be: {failure.message} ({failure.reason})"
