"""Why a report is not verified: a reason for programs, and a sentence for people."""

from __future__ import annotations

from enum import StrEnum
from typing import Final, TypeAlias

from pyrunner import failures


class Reason(StrEnum):
    """Everything that can be wrong; docs/attestation.md explains each."""

    REPORT_ENCODING = "report_encoding"
    REPORT_LENGTH = "report_length"
    REPORT_VERSION = "report_version"
    REPORT_RESERVED = "report_reserved"
    REPORT_VALUE = "report_value"
    SIGNATURE_ALGORITHM = "signature_algorithm"
    SIGNATURE_PADDING = "signature_padding"

    CERTIFICATE_UNREADABLE = "certificate_unreadable"
    CERTIFICATE_ENCODING = "certificate_encoding"
    CERTIFICATE_ALGORITHM = "certificate_algorithm"
    CRITICAL_EXTENSION = "critical_extension"
    CHAIN_FILE = "chain_file"

    ROOT_SIGNATURE = "root_signature"
    INTERMEDIATE_SIGNATURE = "intermediate_signature"
    ENDORSEMENT_SIGNATURE = "endorsement_signature"
    ISSUER_NAME = "issuer_name"
    NOT_AN_AUTHORITY = "not_an_authority"
    NOT_YET_VALID = "not_yet_valid"
    EXPIRED = "expired"

    UNKNOWN_ROOT = "unknown_root"
    EMULATED_ROOT_NOT_NAMED = "emulated_root_not_named"
    OTHER_ROOT_NAMED = "other_root_named"

    REVOCATION_LIST_UNREADABLE = "revocation_list_unreadable"
    REVOCATION_LIST_SIGNATURE = "revocation_list_signature"
    REVOCATION_LIST_TIME = "revocation_list_time"
    REVOKED = "revoked"

    ENDORSEMENT_KEY = "endorsement_key"
    ENDORSEMENT_EXTENSIONS = "endorsement_extensions"

    UNSIGNED = "unsigned"
    SIGNING_KEY = "signing_key"
    REPORT_SIGNATURE = "report_signature"
    TCB_MISMATCH = "tcb_mismatch"
    CHIP_ID_MISMATCH = "chip_id_mismatch"
    PRODUCT_MISMATCH = "product_mismatch"

    VMPL = "vmpl"
    DEBUG_ALLOWED = "debug_allowed"
    MIGRATION_AGENT_ALLOWED = "migration_agent_allowed"
    TCB_TOO_OLD = "tcb_too_old"
    MEASUREMENT = "measurement"
    REPORT_DATA = "report_data"
    HOST_DATA = "host_data"
    GUEST_SVN = "guest_svn"


UNREADABLE: Final = frozenset(
    {
        Reason.REPORT_ENCODING,
        Reason.REPORT_LENGTH,
        Reason.CERTIFICATE_UNREADABLE,
        Reason.CHAIN_FILE,
        Reason.REVOCATION_LIST_UNREADABLE,
    }
)
"""Reasons that say that a file is not what it was given as: exit status 2."""


Failure: TypeAlias = failures.Failure[Reason]


class AttestationError(failures.FailuresError[Reason]):
    """A report, certificate or list that cannot be taken in, with all that is wrong with it."""
