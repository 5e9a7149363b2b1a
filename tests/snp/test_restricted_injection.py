"""With restricted injection, #HV and the doorbell page bring an SVSM the IPIs of another."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.snp.building import build
from tests.snp.running import run_image

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.vm
def test_an_ipi_brings_a_processor_back_from_its_guest(qemu: str, tmp_path: Path) -> None:
    ended = run_image(qemu, build(tmp_path, "ipis.c"))
    assert "[svsm] #HV with event 00000000000080e0\n" in ended.console
    assert "[svsm] no EOI required 0000000000000001\n" in ended.console
    assert "[svsm] fatal: as told" in ended.console
