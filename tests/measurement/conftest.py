"""What evidence of the emulated chip is verified with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest

from pyrunner.attestation.certificates import read_certificate
from pyrunner.attestation.verify import Anchors
from pyrunner.measurement.verify import Wanted
from tests.builders import measurement, snp_chains

if TYPE_CHECKING:
    from pathlib import Path

WANTED: Final = Wanted(nonce=measurement.NONCE, launch_digest=measurement.LAUNCH_DIGEST)


@pytest.fixture(scope="session")
def anchors() -> Anchors:
    """The emulated root, named, at a time at which the chain is valid."""
    return Anchors(at=snp_chains.NOW, root=read_certificate(snp_chains.root(), "root"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with good evidence, its root, and what the host booted."""
    (tmp_path / "evidence.bin").write_bytes(measurement.evidence())
    (tmp_path / "root.pem").write_bytes(snp_chains.pem([snp_chains.root()]))
    (tmp_path / "vmlinuz").write_bytes(measurement.KERNEL)
    (tmp_path / "initrd.img").write_bytes(measurement.INITRD)
    return tmp_path
