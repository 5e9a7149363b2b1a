"""Which variant runs on which backend when hosts differ in one thing, or a backend is forced."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from plugins.module_utils.preflight import wanted as module
from pyrunner import model
from tests.preflight.recordings import SVSM_IMAGE, check, look

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

EMULATING = "List of user creatable objects:\n  igvm-cfg\n  sev-snp-emulated\n"


def backends(found: dict[str, dict[str, dict[str, str | None]]]) -> list[str | None]:
    return [found["variants"][name]["backend"] for name in ("plain", "cvm", "svsm")]


def test_the_words_are_those_of_the_runner() -> None:
    assert module.BACKENDS == model.BACKENDS
    assert tuple(look("epyc-milan")["variants"]) == model.VARIANTS


@pytest.mark.parametrize(
    ("host", "forced", "expected", "accelerators"),
    [
        ("epyc-milan", "snp", ["snp", "snp", "snp"], ["kvm"]),
        ("epyc-milan", "kvm", ["kvm", None, None], ["kvm"]),
        ("epyc-milan", "emulated", ["emulated", None, None], ["tcg"]),
        ("laptop-vmx", "kvm", ["kvm", None, None], ["kvm"]),
        ("laptop-vmx", "emulated", ["emulated", None, None], ["tcg"]),
    ],
)
def test_forced(
    host: str, forced: str, expected: list[str | None], accelerators: list[str]
) -> None:
    found = look(host, backend=forced, svsm_image_path=SVSM_IMAGE)
    assert (backends(found), found["accelerators"]) == (expected, accelerators)
    assert check(found, "backend.choice")["status"] == "ok"


@pytest.mark.parametrize(
    ("host", "forced"),
    [
        ("laptop-vmx", "snp"),
        ("epyc-snp-off", "snp"),
        ("nested-no-svm", "kvm"),
        ("qemu-7.2", "kvm"),
    ],
)
def test_what_cannot_be_forced_is_an_error(host: str, forced: str) -> None:
    found = look(host, backend=forced)
    assert check(found, "backend.choice")["status"] == "error"
    assert (backends(found), found["accelerators"]) == ([None] * 3, [])


def test_with_the_emulation_patch_all_variants_run_anywhere(alter: Callable[..., Path]) -> None:
    host = alter("nested-no-svm", {"/qemu-objects.txt": EMULATING, SVSM_IMAGE: "an image"})
    found = look(host, svsm_image_path=SVSM_IMAGE)
    assert backends(found) == ["emulated"] * 3


@pytest.mark.parametrize(
    ("files", "lacking"),
    [
        ({"/proc/sys/kernel/osrelease": "6.14.0-29-generic\n"}, "Host kernel for SVSMs"),
        ({"/qemu-options.txt": "usage: qemu-system-x86_64\n"}, "QEMU with device-plane"),
        ({"/qemu-objects.txt": "  sev-snp-guest\n"}, "QEMU with igvm-cfg"),
        ({SVSM_IMAGE: None}, "SVSM image"),
    ],
)
def test_an_epyc_that_lacks_one_thing_for_svsm(
    alter: Callable[..., Path], files: dict[str, str | None], lacking: str
) -> None:
    found = look(alter("epyc-milan", files), svsm_image_path=SVSM_IMAGE)
    assert backends(found) == ["snp", "snp", None]
    assert found["variants"]["svsm"]["reason"].startswith(f"lacking: {lacking}")


@pytest.mark.parametrize(
    "files",
    [
        {"/dev/sev": None},
        {"/sys/module/kvm_amd/parameters/sev_snp": "N\n"},
        {"/dmesg.txt": "[ 1.2] ccp 0000:42:00.1: SEV-SNP: failed to INIT rc -5, error 0x3\n"},
    ],
)
def test_an_epyc_whose_snp_does_not_work_runs_plain_on_kvm(
    alter: Callable[..., Path], files: dict[str, str | None]
) -> None:
    found = look(alter("epyc-milan", files), svsm_image_path=SVSM_IMAGE)
    assert backends(found) == ["kvm", None, None]


def test_the_cause_is_told_and_not_its_consequence(alter: Callable[..., Path]) -> None:
    log = "AMD-Vi: SNP: IOMMU disabled or configured in passthrough mode, SNP cannot be supported."
    files = {"/dmesg.txt": f"[    1.7] {log}\n", "/sys/module/kvm_amd/parameters/sev_snp": "N\n"}
    cvm = look(alter("epyc-milan", files))["variants"]["cvm"]
    assert "passthrough mode" in cvm["reason"]
    assert "iommu=pt" in cvm["hint"]


def test_fewer_asids_than_vms_limit_the_protected_fleets(alter: Callable[..., Path]) -> None:
    found = look(alter("epyc-milan", {"/sys/fs/cgroup/misc.capacity": "sev 500\nsev_es 5\n"}))
    assert found["variants"]["cvm"]["max_fleet"] == 4
    assert "ASID" in found["variants"]["cvm"]["hint"]
    assert found["variants"]["plain"]["max_fleet"] > 8
    assert check(found, "snp.asids")["status"] == "missing"
