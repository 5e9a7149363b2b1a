"""Reference files are read strictly, and what is written is read back."""

from __future__ import annotations

import hashlib
import json
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyrunner.measurement.layout import Algorithm
from pyrunner.measurement.reasons import MeasurementError, Reason
from pyrunner.measurement.references import (
    Reference,
    References,
    firmware_references,
    read_references,
)

DIGEST: Final = "ab" * 48
RECORD: Final[dict[str, Any]] = {"algorithm": "sha384", "digest": DIGEST}


def file(record: object = None, purpose: str = "kernel-text", **more: object) -> dict[str, Any]:
    """What a reference file holds."""
    return {"schema": 1, "records": {purpose: RECORD if record is None else record}, **more}


def test_all_that_may_be_there_is_read() -> None:
    record = RECORD | {"length": 5, "ranges": [[0, 2], [(1 << 64) - 1, 3]]}
    found = read_references(json.dumps(file(record, launch_digest="cd" * 48)), "x")
    assert found.launch_digest == b"\xcd" * 48
    assert found.records == {
        "kernel-text": Reference(
            algorithm=Algorithm.SHA384,
            digest=b"\xab" * 48,
            length=5,
            ranges=((0, 2), ((1 << 64) - 1, 3)),
        )
    }
    assert read_references(json.dumps(found.as_dict()), "x") == found


def test_a_launch_digest_is_enough() -> None:
    text = json.dumps({"schema": 1, "launch_digest": DIGEST, "records": {}})
    assert read_references(text, "x").records == {}


@pytest.mark.parametrize(
    ("data", "says"),
    [
        ([], "an object is wanted"),
        ({}, "lacks records, schema"),
        ({"schema": 1}, "lacks records"),
        (file() | {"schema": 2}, "schema 2; known is 1"),
        (file() | {"schema": "1"}, "schema '1'; known is 1"),
        (file() | {"schema": True}, "schema True; known is 1"),
        (file(more=1), "'more', which is unknown"),
        (file() | {"records": []}, "no records"),
        (file() | {"records": {}}, "no records"),
        (file(launch_digest="cd" * 47), "launch_digest: 48 bytes in hexadecimal"),
        (file(launch_digest=1), "launch_digest: 48 bytes"),
        (file(purpose="key"), "'key' is no purpose"),
        (file(purpose="\x1b[2J"), "no purpose"),
        (file([]), "kernel-text: an object is wanted"),
        (file({"algorithm": "sha384"}), "kernel-text: lacks digest"),
        (file({"digest": DIGEST}), "kernel-text: lacks algorithm"),
        (file(RECORD | {"digests": 1}), "'digests', which is unknown"),
        (file(RECORD | {"algorithm": "sha256"}), "known are sha384 and sha512"),
        (file(RECORD | {"algorithm": 1}), "known are sha384 and sha512"),
        (file(RECORD | {"algorithm": "sha512"}), "digest: 64 bytes"),
        (file(RECORD | {"digest": "zz" * 48}), "digest: 48 bytes"),
        (file(RECORD | {"digest": None}), "digest: 48 bytes"),
        (file(RECORD | {"length": 0}), "length: a number from 1"),
        (file(RECORD | {"length": 1.0}), "length: a number"),
        (file(RECORD | {"length": True}), "length: a number"),
        (file(RECORD | {"length": 1 << 64}), "length: a number"),
        (file(RECORD | {"ranges": []}), "ranges: a list"),
        (file(RECORD | {"ranges": {}}), "ranges: a list"),
        (file(RECORD | {"ranges": [[1]]}), "GPA, LENGTH. is wanted"),
        (file(RECORD | {"ranges": [[1, 2, 3]]}), "GPA, LENGTH. is wanted"),
        (file(RECORD | {"ranges": [[-1, 2]]}), "a number from 0"),
        (file(RECORD | {"ranges": [[1, 0]]}), "a number from 1"),
        (file(RECORD | {"ranges": [["1", 2]]}), "a number from 0"),
        (file(RECORD | {"ranges": [[1, 2]], "length": 3}), "length is not that of the ranges"),
    ],
)
def test_anything_else_is_refused(data: object, says: str) -> None:
    refused(json.dumps(data), says)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "not JSON"),
        ("{", "not JSON"),
        ("[" * 100_000, "not JSON"),
        ('{"schema": 1, "records": {}, "records": {}}', "twice"),
        ('{"schema": 1, "records": {"\\u001b[2J": 1, "\\u001b[2J": 2}}', "twice"),
        (json.dumps(file()) + "x", "not JSON"),
        (json.dumps(file()).replace("1", "1" * 5000), "not JSON"),
        (json.dumps(file()).replace("1", "NaN"), "schema nan"),
    ],
)
def test_text_that_is_something_else(text: str, says: str) -> None:
    refused(text, says)


def refused(text: str, says: str) -> None:
    """See that a file is refused, for its reason and with the file's name."""
    with pytest.raises(MeasurementError, match=says) as error:
        read_references(text, "some/file.json")
    assert error.value.failures[0].reason is Reason.REFERENCE_UNREADABLE
    assert error.value.message.startswith("some/file.json: ")
    assert error.value.message.isprintable()


JSON: Final = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from([*RECORD, "schema", "records", "length", "ranges", "kernel-text"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=10,
)


@given(data=JSON | st.builds(file, JSON))
def test_any_json_is_read_or_refused(data: object) -> None:
    try:
        found = read_references(json.dumps(data), "x")
    except MeasurementError as error:
        assert error.failures[0].reason is Reason.REFERENCE_UNREADABLE  # noqa: PT017
    else:
        assert read_references(json.dumps(found.as_dict()), "x") == found


def test_what_the_firmware_measures_is_predicted() -> None:
    found = firmware_references(b"kernel", None, b"quiet", Algorithm.SHA512)
    assert set(found) == {"firmware:kernel", "firmware:cmdline"}
    assert found["firmware:kernel"].digest == hashlib.sha512(b"kernel").digest()
    assert found["firmware:cmdline"].digest == hashlib.sha512(b"quiet\0").digest()
    assert found["firmware:cmdline"].length == 6
    assert References(found).launch_digest == b""
