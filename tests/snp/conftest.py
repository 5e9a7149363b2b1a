"""A patched QEMU to try, if there is one."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Final

import pytest

from tests.snp import guests

ARTIFACTS: Final = Path("/var/lib/svsm-testbed/artifacts/qemu")


def _candidates() -> list[str]:
    """List QEMUs to try: the named one, else the newest that was built."""
    if "SVSM_TESTBED_QEMU" in os.environ:
        return [os.environ["SVSM_TESTBED_QEMU"]]
    built = ARTIFACTS.glob("*/bin/qemu-system-x86_64")
    newest = sorted(built, key=lambda path: path.stat().st_mtime, reverse=True)
    return [str(path) for path in newest]


@pytest.fixture(scope="session")
def qemu() -> str:
    """Give a QEMU that has the object sev-snp-emulated."""
    for program in _candidates():
        asked = subprocess.run(
            [program, "-object", "help"], capture_output=True, text=True, check=False
        )
        if "sev-snp-emulated" in asked.stdout:
            return program
    pytest.skip(
        "no QEMU with SEV-SNP emulation: build one with patches/qemu, and name it in "
        "SVSM_TESTBED_QEMU"
    )


@pytest.fixture
def svsm() -> Path:
    """Take the newest image of COCONUT-SVSM that was built."""
    return guests.newest("svsm/*/coconut-qemu.igvm")


@pytest.fixture(scope="session")
def guest(tmp_path_factory: pytest.TempPathFactory) -> guests.Guest:
    """Give a guest of the newest components."""
    return guests.assemble(tmp_path_factory.mktemp("guest"))
