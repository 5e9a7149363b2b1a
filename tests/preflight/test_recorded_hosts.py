"""Known hosts, from laptops to EPYCs: what preflight must find on each."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pyrunner.campaign.expand import expand
from pyrunner.campaign.request import Request
from tests.preflight.recordings import NAMES, as_meant, check, look, statuses

if TYPE_CHECKING:
    from pathlib import Path

NO_SNP = {
    "cpu.sev_snp": "missing",
    "kvm.sev_snp": "missing",
    "snp.device": "missing",
    "snp.init": "missing",
    "snp.rmp": "missing",
    "snp.firmware": "missing",
    "snp.asids": "missing",
    "kernel.svsm": "missing",
    "qemu.igvm": "missing",
    "qemu.planes": "missing",
    "qemu.sev_snp_emulated": "missing",
    "svsm.image": "missing",
    "trace.bpftrace": "missing",
}
NESTED = {
    **NO_SNP,
    "cpu.virtualization": "missing",
    "kvm.usable": "missing",
    "cpu.count": "warning",
}
KVM_ALONE = {"kvm.sev_snp": "missing", "qemu.sev_snp_emulated": "missing"}
LAPTOP = {
    "pinning.plan": "warning",
    "cpu.governor": "warning",
    "cpu.boost": "warning",
    "cpu.smt": "warning",
}
UNTUNED = {
    "memory.private_huge_pages": "warning",
    "cpu.governor": "warning",
    "cpu.boost": "warning",
    "cpu.smt": "warning",
    "cpu.mitigations": "warning",
    "memory.transparent_huge_pages": "warning",
    "memory.ksm": "warning",
    "memory.swap": "warning",
    "numa.balancing": "warning",
    "pinning.interrupts": "warning",
    "vm_user.devices": "missing",
    "vm_user.memlock": "warning",
}
EXPECTED = {
    "nested-no-svm": NESTED,
    "laptop-vmx": {**NO_SNP, **LAPTOP},
    "epyc-milan": {},
    "epyc-genoa": {},
    "epyc-snp-off": {**NO_SNP, "snphost.ok": "missing"},
    "epyc-rmp-short": {
        **KVM_ALONE,
        "snp.init": "missing",
        "snp.rmp": "missing",
        "kernel.svsm": "missing",
    },
    "epyc-old-firmware": {**KVM_ALONE, "snp.init": "missing", "snp.firmware": "missing"},
    "epyc-no-asids": {"snp.asids": "missing"},
    "epyc-untuned": UNTUNED,
    "epyc-numa-small": {"numa.memory": "warning"},
    "epyc-loaded": {"load.cpu": "warning"},
    "epyc-old-kernel": {
        **KVM_ALONE,
        "snp.rmp": "missing",
        "kernel.sev_snp": "missing",
        "kernel.svsm": "missing",
        "snphost.ok": "missing",
    },
    "epyc-clock-hpet": {"clock.source": "warning"},
    "epyc-snphost": {
        "snphost.alias_check": "warning",
        "snphost.comparing_tcb_values": "warning",
    },
    "qemu-7.2": {**NESTED, "qemu.version": "error", "qemu.sev_snp": "missing"},
    "small-memory": {**NESTED, "memory.fleet": "missing"},
}
SNP = ("snp", "snp", "snp", ["kvm"])
KVM = ("kvm", None, None, ["kvm", "tcg"])
BACKENDS = {
    "nested-no-svm": ("emulated", None, None, ["tcg"]),
    "laptop-vmx": KVM,
    "epyc-milan": SNP,
    "epyc-genoa": SNP,
    "epyc-snp-off": KVM,
    "epyc-rmp-short": KVM,
    "epyc-old-firmware": KVM,
    "epyc-no-asids": ("snp", None, None, ["kvm"]),
    "epyc-untuned": SNP,
    "epyc-numa-small": SNP,
    "epyc-loaded": SNP,
    "epyc-old-kernel": KVM,
    "epyc-clock-hpet": SNP,
    "epyc-snphost": SNP,
    "qemu-7.2": ("emulated", None, None, ["tcg"]),
    "small-memory": ("emulated", None, None, ["tcg"]),
}


FROM_SNPHOST = ("snphost.alias_check", "snphost.comparing_tcb_values")


def test_every_recording_has_its_expectation() -> None:
    assert sorted(EXPECTED) == sorted(BACKENDS) == NAMES


@pytest.mark.parametrize("host", NAMES)
def test_checks(host: str) -> None:
    assert statuses(as_meant(host)) == EXPECTED[host]


@pytest.mark.parametrize("host", NAMES)
def test_backends_and_accelerators(host: str) -> None:
    found = as_meant(host)
    backends = [found["variants"][name]["backend"] for name in ("plain", "cvm", "svsm")]
    assert (*backends, found["accelerators"]) == BACKENDS[host]


@pytest.mark.parametrize("host", NAMES)
def test_every_host_is_asked_the_same_and_told_what_to_do(host: str) -> None:
    checks = look(host)["checks"]
    names = [item["id"] for item in checks if item["id"] not in FROM_SNPHOST]
    assert names == [item["id"] for item in look("nested-no-svm")["checks"]]
    assert [item["id"] for item in checks if (item["status"] == "ok") == bool(item["hint"])] == []


@pytest.mark.parametrize("host", NAMES)
def test_what_does_not_run_says_why_and_what_to_do(host: str) -> None:
    for variant in look(host)["variants"].values():
        told = [bool(variant["reason"]), bool(variant["hint"])]
        assert variant["runnable"] is (variant["backend"] is not None)
        assert variant["runnable"] or all(told)


@pytest.mark.parametrize("host", NAMES)
def test_a_campaign_takes_it(host: str) -> None:
    found = look(host)
    entry = {name: found[name] for name in ("facts", "checks", "variants")}
    request = {
        "campaign": "c1",
        "profile": "quick",
        "fleet_sizes": [1, 8],
        "repeats": 1,
        "hosts": {"host1": {**entry, "suites": {}, "artifacts": {}}},
        "suites": [],
    }
    cells, skipped = expand(Request.from_dict(request), {})
    assert len(cells) + len(skipped) == 6
    assert all(skip["reason"] and skip["hint"] for skip in skipped)


def test_a_kvm_without_extensions_is_not_used() -> None:
    found = check(look("nested-no-svm"), "kvm.usable")
    assert "slower than emulation" in found["detail"]


def test_an_old_qemu_is_named_with_its_fault() -> None:
    found = check(look("qemu-7.2"), "qemu.version")
    assert "7.2.19" in found["detail"]
    assert "hangs" in found["detail"]


def test_a_bios_without_snp_is_told_with_the_settings() -> None:
    found = look("epyc-snp-off")
    assert "has not been reserved by BIOS" in check(found, "snp.init")["detail"]
    assert "SMEE" in check(found, "cpu.sev_snp")["hint"]
    assert "SMEE" in found["variants"]["cvm"]["hint"]


def test_eight_vms_do_not_fit_but_one_does() -> None:
    found = look("small-memory")
    assert found["variants"]["plain"]["max_fleet"] == 1
    assert "8 VMs need 10752 MiB" in found["variants"]["plain"]["reason"]


def test_nothing_fits() -> None:
    found = look("small-memory", vm_memory_mib=4096)
    assert check(found, "memory.fleet")["status"] == "error"
    assert not found["variants"]["plain"]["runnable"]


def test_a_device_that_is_closed_to_the_user(closed_kvm: Path) -> None:
    found = look(closed_kvm)
    assert check(found, "kvm.usable")["detail"] == "/dev/kvm does not open: Permission denied"
    assert found["accelerators"] == ["tcg"]
