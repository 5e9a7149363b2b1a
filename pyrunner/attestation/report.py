"""Attestation reports of SEV-SNP guests as the firmware writes them.

Source: AMD 56860, section 7.3, table "ATTESTATION_REPORT Structure".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pyrunner.attestation import layout
from pyrunner.attestation.failures import AttestationError, Reason
from pyrunner.attestation.fields import (
    Cpuid,
    FirmwareVersion,
    GuestPolicy,
    PlatformInfo,
    SigningKey,
)
from pyrunner.attestation.report_checks import malformed
from pyrunner.attestation.tcb import Tcb, TcbLayout

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What a report says; nothing of it is to be believed before it is verified.

    Attributes:
        vmpl: 0 to 3, or fields.NO_VMPL in a report that the host asked for.
        cpuid: None before version 3.
        launch_mit_vector: None before version 5, as current_mit_vector.
        mask_chip_key: the host keeps the VCEK from being used.
        signature: R and S.
        signed: the bytes under the signature.
    """

    version: int
    guest_svn: int
    policy: GuestPolicy
    family_id: bytes
    image_id: bytes
    vmpl: int
    signature_algorithm: int
    current_tcb: Tcb
    platform_info: PlatformInfo
    author_key_en: bool
    mask_chip_key: bool
    signing_key: SigningKey
    report_data: bytes
    measurement: bytes
    host_data: bytes
    id_key_digest: bytes
    author_key_digest: bytes
    report_id: bytes
    report_id_ma: bytes
    reported_tcb: Tcb
    cpuid: Cpuid | None
    chip_id: bytes
    committed_tcb: Tcb
    current_firmware: FirmwareVersion
    committed_firmware: FirmwareVersion
    launch_tcb: Tcb
    launch_mit_vector: int | None
    current_mit_vector: int | None
    signature: tuple[int, int]
    signed: bytes


def parse(raw: bytes) -> Report:
    """Take a report apart.

    Args:
        raw: 1,184 bytes.

    Raises:
        AttestationError: it is not a report of a known version in form; with everything found.
    """
    if len(raw) != layout.LENGTH:
        raise AttestationError.of(
            Reason.REPORT_LENGTH,
            f"the report has {len(raw)} bytes, not {layout.LENGTH}: is it cut off, or no report?",
        )
    failures = malformed(raw, tcb_layout(raw))
    if failures:
        raise AttestationError(failures)
    return Report(**dict(_simple(raw)), **_since(raw), signed=raw[: layout.SIGNATURE])


def tcb_layout(raw: bytes) -> TcbLayout:
    """Layout of the TCB versions in a report.

    Before version 3 the report does not name its processor: Turin's is known by its chip id, of
    which only the first 8 bytes are in use (AMD 57230, extension hwID).
    """
    if number(raw, *layout.INTEGERS["version"]) >= layout.CPUID_SINCE:
        return TcbLayout.of_family(raw[layout.CPUID])
    chip_id = blob(raw, *layout.BLOBS["chip_id"])
    return TcbLayout.TURIN if any(chip_id) and not any(chip_id[8:]) else TcbLayout.LEGACY


def number(raw: bytes, offset: int, size: int) -> int:
    """Read an unsigned number, lowest byte first."""
    return int.from_bytes(blob(raw, offset, size), "little")


def blob(raw: bytes, offset: int, size: int) -> bytes:
    """Read ``size`` bytes."""
    return raw[offset : offset + size]


def _simple(raw: bytes) -> Iterator[tuple[str, Any]]:
    for name, place in layout.BLOBS.items():
        yield name, blob(raw, *place)
    for name, place in layout.TCBS.items():
        yield name, Tcb(tcb_layout(raw), blob(raw, *place))
    for name in ("version", "guest_svn", "vmpl", "signature_algorithm"):
        yield name, number(raw, *layout.INTEGERS[name])
    yield "policy", GuestPolicy(number(raw, *layout.INTEGERS["policy"]))
    yield "platform_info", PlatformInfo(number(raw, *layout.INTEGERS["platform_info"]))
    yield "current_firmware", _firmware(raw, layout.CURRENT_FIRMWARE)
    yield "committed_firmware", _firmware(raw, layout.COMMITTED_FIRMWARE)
    key_info = number(raw, *layout.INTEGERS["key_info"])
    yield "author_key_en", bool(key_info & 1)
    yield "mask_chip_key", bool(key_info & 2)
    yield "signing_key", SigningKey(key_info >> 2)
    r_offset, s_offset = layout.SIGNATURE, layout.SIGNATURE + layout.COMPONENT
    yield "signature", (number(raw, r_offset, layout.SCALAR), number(raw, s_offset, layout.SCALAR))


def _since(raw: bytes) -> dict[str, Any]:
    """Fields that not every version has."""
    version = number(raw, *layout.INTEGERS["version"])
    mitigations = version >= layout.MITIGATIONS_SINCE
    family, model, stepping = blob(raw, layout.CPUID, 3)
    return {
        "cpuid": Cpuid(family, model, stepping) if version >= layout.CPUID_SINCE else None,
        "launch_mit_vector": number(raw, *layout.LAUNCH_MIT_VECTOR) if mitigations else None,
        "current_mit_vector": number(raw, *layout.CURRENT_MIT_VECTOR) if mitigations else None,
    }


def _firmware(raw: bytes, offset: int) -> FirmwareVersion:
    build, minor, major = blob(raw, offset, 3)
    return FirmwareVersion(major, minor, build)
