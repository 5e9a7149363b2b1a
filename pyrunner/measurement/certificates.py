"""The chain that comes with key evidence, as files for pyrunner.attestation.

Source: docs/measurement-protocol.md, sections 3 and 6; AMD 56421 (GHCB), section "SNP Extended
Guest Request".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from pyrunner.attestation.cert_table import read_exact_table
from pyrunner.attestation.pem import DER_SEQUENCE, encode
from pyrunner.errors import TestbedError
from pyrunner.measurement.reasons import MeasurementError, Reason

KINDS: Final = ({"VCEK", "ASK", "ARK"}, {"VLEK", "ASK", "ARK"})
SOURCE: Final = "the evidence's certificates"


@dataclass(frozen=True, slots=True)
class ChainFiles:
    """A chain as :func:`pyrunner.attestation.appraise.appraise` takes it.

    Attributes:
        endorsement: VCEK or VLEK, PEM or DER.
        authorities: intermediate and root, PEM.
    """

    endorsement: bytes
    authorities: bytes


def chain_files(table: bytes) -> ChainFiles:
    """Take the table of key evidence apart.

    Args:
        table: as in key evidence; not empty.

    Raises:
        MeasurementError: it is not VCEK or VLEK, ASK and ARK in DER, each once, to the last byte
            (reason ``certificate_table``).
    """
    try:
        found = read_exact_table(table, SOURCE)
    except TestbedError as error:
        raise MeasurementError.of(Reason.CERTIFICATE_TABLE, error.message) from error
    if set(found) not in KINDS:
        message = f"{', '.join(found)}, where VCEK or VLEK, ASK and ARK are wanted"
        raise MeasurementError.of(Reason.CERTIFICATE_TABLE, f"{SOURCE}: {message}")
    for name, content in found.items():
        if content[0] != DER_SEQUENCE:
            message = f"{SOURCE}: the {name} is not DER"
            raise MeasurementError.of(Reason.CERTIFICATE_TABLE, message)
    endorsement = found.get("VCEK") or found["VLEK"]
    return ChainFiles(endorsement, encode([found["ASK"], found["ARK"]]))
