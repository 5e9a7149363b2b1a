"""Attestation reports as a chip makes them, right or wrong; snp_chains.py has its certificates."""

from __future__ import annotations

from functools import cache
from typing import Any, Final

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from pyrunner.attestation import layout

CHIP_ID: Final = bytes(range(64))
TCB: Final = bytes([3, 0, 0, 0, 0, 0, 8, 115])
TURIN_TCB: Final = bytes([1, 2, 3, 4, 0, 0, 0, 72])


@cache
def ec_key(name: str = "chip") -> ec.EllipticCurvePrivateKey:
    """Make a chip's key once for a name."""
    assert name
    return ec.generate_private_key(ec.SECP384R1())


def report(version: int = 5, **values: Any) -> bytes:  # noqa: ANN401 - what a field takes
    """Make an unsigned report of a guest at VMPL0 on a Milan chip.

    Args:
        version: of the report; fields that it has not are left out.
        **values: instead of the usual ones, by name in layout.INTEGERS, BLOBS and TCBS; also
            cpuid and firmware (3 bytes each) and mitigations.
    """
    values = _usual(version) | values
    raw = bytearray(layout.LENGTH)
    for name, (offset, size) in (layout.INTEGERS | layout.BLOBS | layout.TCBS).items():
        value = values.get(name, 0)
        content = value.to_bytes(size, "little") if isinstance(value, int) else value
        assert len(content) == size, name
        raw[offset : offset + size] = content
    if version >= layout.CPUID_SINCE:
        raw[layout.CPUID : layout.CPUID + 3] = values["cpuid"]
    for offset in (layout.CURRENT_FIRMWARE, layout.COMMITTED_FIRMWARE):
        raw[offset : offset + 3] = values["firmware"]
    if version >= layout.MITIGATIONS_SINCE:
        for offset, size in (layout.LAUNCH_MIT_VECTOR, layout.CURRENT_MIT_VECTOR):
            raw[offset : offset + size] = values["mitigations"].to_bytes(size, "little")
    return bytes(raw)


def _usual(version: int) -> dict[str, Any]:
    tcb = dict.fromkeys(layout.TCBS, TCB)
    return {
        **tcb,
        "version": version,
        "policy": 0x30000,
        "signature_algorithm": 1,
        "platform_info": 0x25,
        "measurement": b"\x4d" * 48,
        "report_data": b"\x52" * 64,
        "report_id": b"\x49" * 32,
        "report_id_ma": b"\xff" * 32,
        "chip_id": CHIP_ID,
        "cpuid": bytes([0x19, 0x01, 0x01]),
        "firmware": bytes([4, 55, 1]),
        "mitigations": 0x1F,
    }


def turin_values() -> dict[str, Any]:
    """Values of a report that a Turin chip makes, for :func:`report`."""
    chip_id = CHIP_ID[1:9].ljust(64, b"\0")
    tcb = dict.fromkeys(layout.TCBS, TURIN_TCB)
    return {**tcb, "chip_id": chip_id, "cpuid": bytes([0x1A, 0x02, 0x01])}


def sign(raw: bytes, key: ec.EllipticCurvePrivateKey | None = None) -> bytes:
    """Sign a report as the firmware does; the usual chip's key by default."""
    signed = raw[: layout.SIGNATURE]
    signature = (key or ec_key()).sign(signed, ec.ECDSA(hashes.SHA384()))
    parts = (
        number.to_bytes(layout.COMPONENT, "little") for number in decode_dss_signature(signature)
    )
    return (signed + b"".join(parts)).ljust(layout.LENGTH, b"\0")


def signed_report(version: int = 5, **values: Any) -> bytes:  # noqa: ANN401 - as report
    """Make a signed report: see :func:`report`."""
    return sign(report(version, **values))
