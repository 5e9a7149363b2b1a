"""What memory is expected to hold: reference files, read strictly, and what they are made of.

A reference file is JSON::

    {"schema": 1,
     "launch_digest": "HEX",
     "records": {"PURPOSE": {"algorithm": "sha384", "digest": "HEX", "length": N,
                             "ranges": [[GPA, LENGTH], ...]}}}

``launch_digest``, ``length`` (bytes) and ``ranges`` may be left out.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from pyrunner.measurement.layout import ADDRESSES, Algorithm
from pyrunner.measurement.purposes import read_purpose
from pyrunner.measurement.reasons import MeasurementError, Reason

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pyrunner.measurement.record import Record

SCHEMA: Final = 1
LAUNCH_DIGEST: Final = 48
FIELDS: Final = frozenset({"algorithm", "digest", "length", "ranges"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """What a record is to say.

    Attributes:
        digest: 48 or 64 bytes, as the algorithm has it.
        length: bytes measured; None leaves it open.
        ranges: guest-physical address and length in bytes each; None leaves them open.
    """

    algorithm: Algorithm
    digest: bytes
    length: int | None = None
    ranges: tuple[tuple[int, int], ...] | None = None

    @classmethod
    def of_content(cls, content: bytes, algorithm: Algorithm = Algorithm.SHA384) -> Reference:
        """Make the reference of a thing whose bytes are known, wherever it is in memory."""
        digest = hashlib.new(algorithm.word, content).digest()
        return cls(algorithm=algorithm, digest=digest, length=len(content))

    @classmethod
    def of_record(cls, record: Record, *, with_ranges: bool = False) -> Reference:
        """Make the reference of what a record says, which has to be verified before."""
        return cls(
            algorithm=record.algorithm,
            digest=record.digest,
            length=record.total,
            ranges=record.ranges if with_ranges else None,
        )


@dataclass(frozen=True, slots=True)
class References:
    """All that is expected.

    Attributes:
        records: purpose -> what its record is to say; each part has a purpose of its own.
        launch_digest: 48 bytes; empty leaves it open.
    """

    records: Mapping[str, Reference] = field(default_factory=dict)
    launch_digest: bytes = b""

    def as_dict(self) -> dict[str, Any]:
        """What a reference file holds."""
        digest = {"launch_digest": self.launch_digest.hex()} if self.launch_digest else {}
        records = {purpose: _plain(each) for purpose, each in self.records.items()}
        return {"schema": SCHEMA, **digest, "records": records}


def _plain(reference: Reference) -> dict[str, Any]:
    ranges = reference.ranges
    return {
        "algorithm": reference.algorithm.word,
        "digest": reference.digest.hex(),
        **({} if reference.length is None else {"length": reference.length}),
        **({} if ranges is None else {"ranges": [list(each) for each in ranges]}),
    }


def firmware_references(
    kernel: bytes | None,
    initrd: bytes | None,
    cmdline: bytes | None,
    algorithm: Algorithm = Algorithm.SHA384,
) -> dict[str, Reference]:
    """Make the references of what the firmware measures.

    Args:
        kernel: the image's file; None if the host gives none, as the others.
        initrd: its file.
        cmdline: the command line without the zero byte that fw_cfg hands over behind it.
        algorithm: the firmware's.

    Returns:
        Purpose -> reference.
    """
    contents = {
        "firmware:kernel": kernel,
        "firmware:initrd": initrd,
        "firmware:cmdline": None if cmdline is None else cmdline + b"\0",
    }
    return {
        purpose: Reference.of_content(content, algorithm)
        for purpose, content in contents.items()
        if content is not None
    }


def read_references(text: str, source: str) -> References:
    """Read a reference file.

    Args:
        text: all of it.
        source: what messages call it.

    Raises:
        MeasurementError: it is something else, or has anything that this program does not know
            (reason ``reference_unreadable``).
    """
    try:
        data = json.loads(text, object_pairs_hook=_once)
    except (ValueError, RecursionError) as error:
        raise _unreadable(source, f"not JSON: {error}") from error
    found = _object(data, source, {"schema", "records"}, {"launch_digest"})
    if type(found["schema"]) is not int or found["schema"] != SCHEMA:
        raise _unreadable(source, f"schema {found['schema']!r:.80}; known is {SCHEMA}")
    digest = b""
    if "launch_digest" in found:
        digest = _hex(found["launch_digest"], LAUNCH_DIGEST, f"{source}: launch_digest")
    records = found["records"]
    if not isinstance(records, dict) or not (records or digest):
        raise _unreadable(source, "no records: an object of purposes is wanted")
    return References(
        {purpose: _reference(purpose, each, source) for purpose, each in records.items()}, digest
    )


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Make an object; JSON itself allows a name to be there twice."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError(
            f"a name is there twice among {list(dict.fromkeys(name for name, _ in pairs))!r:.200}"
        )
    return found


def _reference(purpose: str, data: object, source: str) -> Reference:
    try:
        read_purpose(purpose)
    except MeasurementError as error:
        raise _unreadable(source, error.message) from error
    where = f"{source}: {purpose}"
    found = _object(data, where, {"algorithm", "digest"}, FIELDS)
    word = found["algorithm"]
    algorithm = Algorithm.named(word) if isinstance(word, str) else None
    if algorithm is None:
        raise _unreadable(where, f"algorithm {word!r:.80}; known are sha384 and sha512")
    length = _number(found["length"], f"{where}: length") if "length" in found else None
    ranges = _ranges(found["ranges"], f"{where}: ranges") if "ranges" in found else None
    if ranges and length is not None and length != sum(size for _, size in ranges):
        raise _unreadable(where, "length is not that of the ranges together")
    return Reference(
        algorithm=algorithm,
        digest=_hex(found["digest"], algorithm.size, f"{where}: digest"),
        length=length,
        ranges=ranges,
    )


def _object(
    data: object, where: str, needed: set[str], known: set[str] | frozenset[str]
) -> dict[str, Any]:
    """See that data is an object with what is needed and nothing unknown."""
    if not isinstance(data, dict):
        raise _unreadable(where, f"an object is wanted, not {type(data).__name__}")
    missing, unknown = needed - set(data), set(data) - needed - known
    if missing or unknown:
        what = f"lacks {', '.join(sorted(missing))}" if missing else ""
        more = f"has {', '.join(map(repr, sorted(unknown)))}, which is unknown" if unknown else ""
        raise _unreadable(where, " and ".join(part for part in (what, more) if part))
    return data


def _hex(value: object, size: int, where: str) -> bytes:
    try:
        found = bytes.fromhex(value) if isinstance(value, str) else b""
    except ValueError:
        found = b""
    if len(found) != size:
        raise _unreadable(where, f"{size} bytes in hexadecimal are wanted, not {value!r:.80}")
    return found


def _number(value: object, where: str, least: int = 1) -> int:
    if type(value) is not int or not least <= value < ADDRESSES:
        raise _unreadable(where, f"a number from {least} to 2^64 - 1 is wanted, not {value!r:.80}")
    return value


def _ranges(value: object, where: str) -> tuple[tuple[int, int], ...]:
    pair = 2
    if not isinstance(value, list) or not value:
        raise _unreadable(where, "a list of [GPA, LENGTH] is wanted")
    for each in value:
        if not isinstance(each, list) or len(each) != pair:
            raise _unreadable(where, f"[GPA, LENGTH] is wanted, not {each!r:.80}")
    return tuple((_number(gpa, where, 0), _number(size, where)) for gpa, size in value)


def _unreadable(where: str, what: str) -> MeasurementError:
    return MeasurementError.of(Reason.REFERENCE_UNREADABLE, f"{where}: {what}")
