"""GRUB's menu and environment, as Debian 13 and Ubuntu 24.04 write them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from roles.host_setup.module_utils.host_machine.grub import read_entries, read_grub
from tests.host_setup.hosts import COMMAND_LINE, DATA, ID, NEW, RELEASE, TOP, saved, server

if TYPE_CHECKING:
    from pathlib import Path


def test_debians_kernels_are_found_with_their_parameters(tmp_path: Path) -> None:
    grub = read_grub(server(tmp_path))
    assert grub.problem == ""
    assert grub.asks_environment
    entry = grub.entry(RELEASE)
    assert entry
    assert entry.id == f"{TOP}>gnulinux-{RELEASE}-advanced-{ID}"
    assert entry.parameters == ("root=/dev/sda1", "ro", "quiet", *COMMAND_LINE.split())


def test_the_newest_kernel_is_not_the_entry_that_changes_with_the_newest(tmp_path: Path) -> None:
    entry = read_grub(server(tmp_path)).entry(NEW)
    assert entry
    assert entry.id == f"{TOP}>gnulinux-{NEW}-advanced-{ID}"


def test_ubuntus_kernels_are_found_on_a_boot_partition_of_their_own() -> None:
    entries = read_entries((DATA / "ubuntu2404.grub.cfg").read_text("utf-8"))
    assert [entry.release for entry in entries] == [*["6.14.0-33-generic"] * 3, "6.8.0-86-generic"]
    assert [entry.recovery for entry in entries] == [False, False, True, False]
    assert entries[3].id == "gnulinux-advanced-0b1c>gnulinux-6.8.0-86-generic-advanced-0b1c"
    assert entries[3].parameters == ("root=/dev/mapper/vg-root", "ro", "quiet", "iommu=nopt")


def test_a_kernel_that_is_not_in_the_menu_has_no_entry(tmp_path: Path) -> None:
    assert read_grub(server(tmp_path)).entry("6.99.0") is None


def test_what_is_saved_is_read_without_the_padding(tmp_path: Path) -> None:
    root = server(tmp_path)
    assert read_grub(root).environment == {}
    saved(root, saved_entry="a>b", next_entry="c=d")
    assert read_grub(root).environment == {"saved_entry": "a>b", "next_entry": "c=d"}


@pytest.mark.parametrize("path", ["usr/sbin/grub-reboot", "boot/grub/grub.cfg"])
def test_another_boot_loader_is_no_grub(tmp_path: Path, path: str) -> None:
    root = server(tmp_path)
    (root / path).unlink()
    assert read_grub(root).problem == f"no GRUB found: there is no /{path}"
