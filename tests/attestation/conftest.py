"""Real certificates and the real report, and chains that are made once."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

import pytest

from pyrunner.attestation.certificates import read_certificate
from pyrunner.attestation.verify import Anchors
from pyrunner.paths import REPOSITORY
from tests.builders import snp_chains, snp_reports

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

DATA: Final = REPOSITORY.parent / "shared" / "testdata" / "snp"


@pytest.fixture(scope="session")
def real() -> Callable[[str], bytes]:
    """Read a file of the real data; skip where it is not beside the repository."""

    def read(name: str) -> bytes:
        if not DATA.is_dir():
            pytest.skip(f"real SEV-SNP data is not here: {DATA} (see docs/attestation.md)")
        return (DATA / name).read_bytes()

    return read


@pytest.fixture(scope="session")
def in_2026() -> Anchors:
    """AMD's roots, at a time at which all the real certificates are valid."""
    return Anchors(at=datetime(2026, 6, 1, tzinfo=UTC))


@pytest.fixture(scope="session")
def emulated() -> Anchors:
    """The emulated root, named."""
    return Anchors(at=snp_chains.NOW, root=read_certificate(snp_chains.root(), "root"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a good emulated report, its VCEK, chain and root."""
    (tmp_path / "report.bin").write_bytes(snp_reports.signed_report())
    (tmp_path / "vcek.der").write_bytes(snp_chains.vcek())
    (tmp_path / "chain.pem").write_bytes(snp_chains.chain_file())
    (tmp_path / "root.pem").write_bytes(snp_chains.pem([snp_chains.root()]))
    (tmp_path / "list.der").write_bytes(snp_chains.revocation_list())
    return tmp_path
