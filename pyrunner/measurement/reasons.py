"""Why evidence is not verified: a reason for programs, and a sentence for people."""

from __future__ import annotations

from enum import StrEnum
from typing import Final, TypeAlias

from pyrunner import failures
from pyrunner.attestation import failures as attestation


class Reason(StrEnum):
    """Everything that can be wrong beside the report and its chain; see docs/measurement.md."""

    EVIDENCE_MAGIC = "evidence_magic"
    EVIDENCE_VERSION = "evidence_version"
    EVIDENCE_SIZE = "evidence_size"
    EVIDENCE_RESERVED = "evidence_reserved"
    ENTRY_COUNT = "entry_count"

    KEY_MAGIC = "key_magic"
    KEY_VERSION = "key_version"
    KEY_SIZE = "key_size"
    KEY_RESERVED = "key_reserved"
    CERTIFICATE_TABLE = "certificate_table"
    CERTIFICATES_MISSING = "certificates_missing"

    RECORD_MAGIC = "record_magic"
    RECORD_VERSION = "record_version"
    RECORD_SIZE = "record_size"
    RECORD_ALGORITHM = "record_algorithm"
    RECORD_RESERVED = "record_reserved"

    PURPOSE = "purpose"
    PURPOSE_TWICE = "purpose_twice"
    PURPOSE_PARTS = "purpose_parts"
    FIRMWARE_ORDER = "firmware_order"
    FIRMWARE_MISSING = "firmware_missing"

    KEY_POINT = "key_point"
    KEY_NONCE = "key_nonce"
    KEY_BINDING = "key_binding"

    RECORD_KEY = "record_key"
    RECORD_SIGNATURE = "record_signature"
    RECORD_NONCE = "record_nonce"

    FIRMWARE_COUNTER = "firmware_counter"
    COUNTER_ORDER = "counter_order"
    COUNTER_SEEN = "counter_seen"

    RANGE_NONE = "range_none"
    RANGE_EMPTY = "range_empty"
    RANGE_WRAPS = "range_wraps"
    RANGE_OVERLAP = "range_overlap"
    RANGE_TOTAL = "range_total"
    RANGE_PURPOSE = "range_purpose"

    EXPECTED_MISSING = "expected_missing"
    REFERENCE_UNREADABLE = "reference_unreadable"
    REFERENCE_LAUNCH_DIGEST = "reference_launch_digest"
    REFERENCE_MISSING = "reference_missing"
    REFERENCE_ALGORITHM = "reference_algorithm"
    REFERENCE_DIGEST = "reference_digest"
    REFERENCE_LENGTH = "reference_length"
    REFERENCE_RANGES = "reference_ranges"


AnyReason: TypeAlias = Reason | attestation.Reason

UNREADABLE: Final[frozenset[AnyReason]] = attestation.UNREADABLE | {
    Reason.EVIDENCE_MAGIC,
    Reason.EVIDENCE_SIZE,
    Reason.REFERENCE_UNREADABLE,
}
"""Reasons that say that a file is not what it was given as: exit status 2."""


Failure: TypeAlias = failures.Failure[AnyReason]
"""One thing that is wrong, be it with the measurement or with the report or its chain."""


class MeasurementError(failures.FailuresError[AnyReason]):
    """Evidence or references that cannot be taken in, with what is wrong with them."""
