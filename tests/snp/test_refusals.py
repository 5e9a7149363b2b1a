"""What SEV-SNP refuses, the emulation refuses, and says what it was."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest

from tests.snp.building import build
from tests.snp.running import Ended, run_image

if TYPE_CHECKING:
    from pathlib import Path

SPARE: Final = "0x8000026000"
PERMISSION: Final = "the VMPL lacks the permission"
UNVALIDATED: Final = "private access to a page which is not validated"
UNASSIGNED: Final = "private access to a page which is not assigned to the guest"


def attempt(qemu: str, folder: Path, attack: int) -> Ended:
    """Run an attack of svsm/attacks.c."""
    return run_image(qemu, build(folder, "attacks.c", attack=attack))


@pytest.mark.vm
@pytest.mark.parametrize(
    ("attack", "access", "why"),
    [
        (1, f"VMPL2 read of GPA {SPARE}", PERMISSION),
        (2, f"VMPL2 write of GPA {SPARE}", PERMISSION),
        (3, f"VMPL2 execute of GPA {SPARE}", PERMISSION),
        (7, f"VMPL0 write of GPA {SPARE}", UNVALIDATED),
        (8, f"VMPL0 write of GPA {SPARE}", UNASSIGNED),
        (9, f"VMPL2 read of GPA {SPARE}", PERMISSION),
        (10, "VMPL0 write of GPA 0x8000023000", "shared access to a private page"),
    ],
)
def test_an_access_that_the_rmp_refuses_stops_the_vm(
    qemu: str, tmp_path: Path, attack: int, access: str, why: str
) -> None:
    ended = attempt(qemu, tmp_path, attack)
    assert "[svsm] attack" in ended.console
    assert "[svsm] fatal" not in ended.console
    assert access in ended.messages
    assert why in ended.messages
    assert ended.status == 1


@pytest.mark.vm
def test_permissions_last_until_they_are_revoked(qemu: str, tmp_path: Path) -> None:
    assert "VMPL2 has read" in attempt(qemu, tmp_path, 9).console


@pytest.mark.vm
def test_nobody_adjusts_his_own_vmpl_or_a_higher_one(qemu: str, tmp_path: Path) -> None:
    ended = attempt(qemu, tmp_path, 4)
    assert "\n22\n" in ended.console
    assert "asks for its termination: reason set 0x5" in ended.messages
    assert ended.status == 1


@pytest.mark.vm
def test_a_second_pvalidate_tells_that_nothing_changed(qemu: str, tmp_path: Path) -> None:
    console = attempt(qemu, tmp_path, 5).console
    lines = [line.split()[-1].lstrip("0") for line in console.splitlines() if " CF " in line]
    assert lines == ["1", "", ""]


@pytest.mark.vm
def test_a_page_that_was_not_made_a_vmsa_does_not_run(qemu: str, tmp_path: Path) -> None:
    ended = attempt(qemu, tmp_path, 6)
    assert "[svsm] attack" in ended.console
    assert "VMRUN at VMPL2 with GPA 0x8000024000" in ended.messages
    assert "does not know as a VMSA" in ended.messages
    assert ended.status == 1
