"""Whether a VM is what its cell says: what it left when it was asked, against what is expected.

The guest's side is role attestation's ``guest.sh``.
"""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from pyrunner.attestation.policy import Expectations
from pyrunner.errors import TestbedError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from pyrunner.attestation.appraise import Verdict
    from pyrunner.model import Variant

SUITE: Final = "attestation"
"""Name of the folder with what the VM left, and of the summary beside it."""
VMPLS: Final = {"cvm": 0, "svsm": 2}
"""Privilege level of the guest in each variant that has one."""
FEATURES: Final = "AMD SEV SEV-ES SEV-SNP"
"""What Linux prints of a guest with SEV-SNP."""
HINT: Final = "the VM is not what its cell says: look at its attestation folder and serial.log"


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What the VMs of a cell have to prove.

    Attributes:
        variant: what they are.
        nonce: bytes that were made for this attempt.
        trust_root: emulated root certificate, PEM; empty trusts AMD's.
        measurement: launch digest, 48 bytes; empty for plain VMs.
    """

    variant: Variant
    nonce: bytes
    trust_root: str = ""
    measurement: bytes = b""

    def report_data(self, vm: str) -> bytes:
        """Report data that the VM of this name has to give, 64 bytes."""
        return hashlib.sha512(self.nonce + vm.encode("ascii")).digest()

    @classmethod
    def of(cls, variant: Variant, nonce: str, host: Mapping[str, Any]) -> Expected:
        """Take it from what is kept of an attempt and its host.

        Args:
            variant: of the cell.
            nonce: hexadecimal, from begun.json.
            host: ``attestation`` of the host's entry in campaign.json: ``{"trust_root",
                "measurements": {VARIANT: hex}}``.
        """
        return cls(
            variant=variant,
            nonce=bytes.fromhex(nonce),
            trust_root=str(host.get("trust_root", "")),
            measurement=bytes.fromhex(host.get("measurements", {}).get(variant, "")),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """What a VM has proved.

    Attributes:
        features: what the guest's kernel says of its memory encryption; empty in a plain VM.
        vmpl: the guest's privilege level; None in a plain VM.
        measurement: launch digest, hexadecimal.
        root: name of the root that the report's chain ends in.
        emulated: that root is no root of AMD's.
    """

    vm: str
    features: str = ""
    vmpl: int | None = None
    measurement: str = ""
    root: str = ""
    emulated: bool = False

    def as_dict(self) -> dict[str, Any]:
        """The proof for JSON."""
        return asdict(self)


def prove(files: Mapping[str, Path], vm: str, expected: Expected) -> Proof:
    """Check what a VM left.

    Args:
        files: name -> file, as the guest left them: ``name``, ``features``, ``vmpl``,
            ``report.bin``, ``certs.bin``.
        vm: its name.
        expected: what it has to prove.

    Raises:
        TestbedError: it is something else; the message names the VM and all that is wrong.
    """
    told = {name: _text(files, name) for name in ("name", "features", "vmpl")}
    wrong = [] if told["name"] == vm else [f"it calls itself {told['name']!r}"]
    wrong += _kernel_view(told, expected.variant)
    if wrong or expected.variant == "plain":
        _refuse(vm, wrong)
        return Proof(vm=vm)
    return _attested(files, vm, told["features"], expected)


def _text(files: Mapping[str, Path], name: str) -> str:
    """Read a small text of the guest's; empty if there is none."""
    if name not in files:
        return ""
    return files[name].read_text(encoding="utf-8", errors="replace").strip()


def _refuse(vm: str, wrong: list[str]) -> None:
    if wrong:
        raise TestbedError(f"{vm}: attestation: {'; '.join(wrong)}", HINT)


def _kernel_view(told: Mapping[str, str], variant: Variant) -> list[str]:
    """Compare what the guest's kernel sees of SEV-SNP with what the variant has."""
    wrong = []
    features = FEATURES if variant in VMPLS else ""
    if told["features"] != features:
        seen = told["features"] or "no memory encryption"
        wrong.append(f"its kernel tells {seen!r}, {features or 'none'!r} is a {variant} VM's")
    vmpl = str(VMPLS.get(variant, ""))
    if told["vmpl"] != vmpl:
        wrong.append(f"its kernel runs at VMPL {told['vmpl'] or 'none'}, not {vmpl or 'none'}")
    return wrong


def _attested(files: Mapping[str, Path], vm: str, features: str, expected: Expected) -> Proof:
    """Verify the report of a protected VM."""
    if not expected.measurement:
        raise TestbedError(
            f"{vm}: attestation: no launch digest is known that variant {expected.variant} has",
            "see what the build phase says of the component's launch digest",
        )
    missing = [name for name in ("report.bin", "certs.bin") if name not in files]
    _refuse(vm, [f"it left no {name}" for name in missing])
    verdict = _verdict(files, vm, expected)
    _refuse(vm, [failure.message for failure in verdict.failures])
    if verdict.trust is None:
        raise TestbedError(f"{vm}: attestation: the report's root is not trusted", HINT)
    return Proof(
        vm=vm,
        features=features,
        vmpl=VMPLS[expected.variant],
        measurement=expected.measurement.hex(),
        root=verdict.trust.root,
        emulated=verdict.trust.emulated,
    )


def _verdict(files: Mapping[str, Path], vm: str, expected: Expected) -> Verdict:
    """Judge a VM's report by the certificates that came with it."""
    # Plain VMs, which come here never, need not wait for this library.
    from pyrunner.attestation.appraise import appraise  # noqa: PLC0415
    from pyrunner.attestation.cert_table import read_table  # noqa: PLC0415
    from pyrunner.attestation.certificates import read_certificate  # noqa: PLC0415
    from pyrunner.attestation.pem import encode  # noqa: PLC0415
    from pyrunner.attestation.verify import Anchors  # noqa: PLC0415

    certificates = read_table(files["certs.bin"].read_bytes(), f"{vm}: certs.bin")
    absent = [name for name in ("VCEK", "ASK", "ARK") if name not in certificates]
    _refuse(vm, [f"the host gave it no certificate {name}" for name in absent])
    named = expected.trust_root.encode()
    root = read_certificate(named, "the emulated chip's root") if named else None
    wanted = Expectations(
        vmpl=VMPLS[expected.variant],
        measurement=expected.measurement,
        report_data=expected.report_data(vm),
    )
    return appraise(
        files["report.bin"].read_bytes(),
        certificates["VCEK"],
        encode(certificates[name] for name in ("ASK", "ARK")),
        Anchors(at=datetime.now(UTC), root=root),
        wanted,
    )
