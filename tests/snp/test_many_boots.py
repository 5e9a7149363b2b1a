"""Every variant boots with four processors, many times: a race would show in one of them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import pytest

from tests.snp.guests import FOUR, VMPL0, VMPL2, Guest, check, shape
from tests.snp.running import run_firmware, run_image

if TYPE_CHECKING:
    from pathlib import Path

BOOTS: Final = 20

pytestmark = [
    pytest.mark.vm,
    pytest.mark.slow,
    pytest.mark.parametrize("boot", range(1, BOOTS + 1)),
]


@pytest.mark.usefixtures("boot")
def test_plain_boots(qemu: str, guest: Guest) -> None:
    ended = run_firmware(qemu, guest.firmware, replace(shape(guest, "nothing"), protection=None))
    assert "Memory Encryption Features active" not in ended.console
    assert FOUR in ended.console
    assert "test: done" in ended.console
    assert ended.status == 0


@pytest.mark.usefixtures("boot")
def test_cvm_boots(qemu: str, guest: Guest) -> None:
    ended = run_firmware(qemu, guest.firmware, shape(guest, "nothing"))
    check(ended, VMPL0, FOUR, "test: done")


@pytest.mark.usefixtures("boot")
def test_svsm_boots(qemu: str, guest: Guest, svsm: Path) -> None:
    ended = run_image(qemu, svsm, shape(guest, "nothing"))
    check(ended, VMPL2, FOUR, "test: done")
