"""What the guest's script makes of the kernel's line on memory encryption, whole or in pieces."""

from __future__ import annotations

import subprocess
from typing import Final

import pytest

from pyrunner.paths import REPOSITORY

SCRIPT: Final = REPOSITORY / "roles/attestation/files/guest.sh"
LINE: Final = "[    1.0] Memory Encryption Features active: "
OTHER: Final = "[    1.0] random: crng init done\n"
STATUS: Final = "[    1.1] SEV: Status: \n[    1.1] SEV SEV-ES SEV-SNP\n"


@pytest.mark.parametrize(
    "log",
    [
        f"{LINE}AMD SEV SEV-ES SEV-SNP\n{OTHER}{STATUS}",
        f"{LINE}\n{OTHER}[    1.0] AMD SEV SEV-ES SEV-SNP\n{STATUS}",
        f"{LINE}AMD SEV\n{OTHER}[    1.0]  SEV-ES SEV-SNP\n{STATUS}",
    ],
)
def test_pieces_make_a_whole(log: str) -> None:
    assert told(log) == "AMD SEV SEV-ES SEV-SNP\n"


def test_a_kernel_that_says_nothing_has_nothing() -> None:
    assert told(f"{OTHER}[    1.1] SEV\n") == ""


def told(log: str) -> str:
    """Run the script's function on a log."""
    text = SCRIPT.read_text("utf-8")
    function = text[text.index("features() {") : text.index("echo READY")]
    command = ["bash", "-c", f"set -euo pipefail\n{function}\nfeatures"]
    done = subprocess.run(command, input=log, capture_output=True, text=True, check=True)
    return done.stdout
