"""The emulated chip that role attestation makes, against the verifier."""

from __future__ import annotations

import shutil
import subprocess
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from pyrunner.attestation.appraise import Verdict, appraise
from pyrunner.attestation.cert_table import read_table
from pyrunner.attestation.certificates import read_certificate
from pyrunner.attestation.pem import encode
from pyrunner.attestation.verify import Anchors
from pyrunner.paths import REPOSITORY
from tests.builders import snp_reports

if TYPE_CHECKING:
    from pathlib import Path

MAKE: Final = REPOSITORY / "roles/attestation/files/make_emulated_chip.py"


@pytest.fixture(scope="module")
def chip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A chip, made as the role does."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl is missing: install the package openssl")
    folder = tmp_path_factory.mktemp("chips") / "chip"
    subprocess.run([sys.executable, MAKE, folder], check=True)
    return folder


def judged(chip: Path, report: bytes, root: bytes | None) -> Verdict:
    """Judge a report by what the chip's host gives to guests."""
    certificates = read_table((chip / "certs.bin").read_bytes(), "certs.bin")
    named = read_certificate(root, "root") if root else None
    authorities = encode(certificates[name] for name in ("ASK", "ARK"))
    anchors = Anchors(at=datetime.now(UTC), root=named)
    return appraise(report, certificates["VCEK"], authorities, anchors)


def signed(chip: Path) -> bytes:
    """Make a report as the chip would sign it."""
    key = load_pem_private_key((chip / "vcek.key").read_bytes(), None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    chip_id = bytes.fromhex((chip / "chip_id").read_text())
    return snp_reports.sign(snp_reports.report(3, chip_id=chip_id), key)


def test_its_reports_are_verified_by_its_root_alone(chip: Path) -> None:
    verdict = judged(chip, signed(chip), (chip / "ark.pem").read_bytes())
    assert verdict.failures == ()
    assert verdict.emulated
    assert verdict.trust is not None
    assert "EMULATED" in verdict.trust.root
    assert not judged(chip, signed(chip), None).verified


def test_only_the_owner_reads_the_key_and_other_keys_are_not_kept(chip: Path) -> None:
    assert {path.name for path in chip.iterdir()} == {"vcek.key", "ark.pem", "certs.bin", "chip_id"}
    assert {path.stat().st_mode & 0o777 for path in chip.iterdir()} == {0o600}
    assert [path.name for path in chip.parent.iterdir()] == ["chip"]


def test_the_chip_says_what_it_is(chip: Path) -> None:
    chip_id = bytes.fromhex((chip / "chip_id").read_text())
    assert chip_id.startswith(b"EMULATED SEV-SNP, NO HARDWARE")
    assert len(chip_id) == 64
