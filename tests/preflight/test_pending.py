"""Before the host phase what is absent is still to come; afterwards it is an error."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.preflight.recordings import check, look

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.mark.parametrize(("pending", "status"), [(True, "missing"), (False, "error")])
def test_a_fresh_machine(alter: Callable[..., Path], *, pending: bool, status: str) -> None:
    host = alter("nested-no-svm", programs={})
    found = look(host, packages_pending=pending, ovmf_path="/usr/share/ovmf/OVMF.fd")
    for name in ("qemu.version", "tools.commands", "firmware.ovmf"):
        assert check(found, name)["status"] == status
    assert found["variants"]["plain"]["runnable"]
    assert found["facts"]["qemu_version"] == ""
    assert "mmdebstrap" in check(found, "tools.commands")["detail"]


@pytest.mark.parametrize(("pending", "status"), [(True, "missing"), (False, "error")])
def test_an_old_qemu(*, pending: bool, status: str) -> None:
    found = look("qemu-7.2", packages_pending=pending)
    assert found["facts"]["qemu_version"] == "7.2.19"
    assert check(found, "qemu.version")["status"] == status


def test_an_old_qemu_on_kvm_is_only_a_risk(alter: Callable[..., Path]) -> None:
    outputs = {
        "qemu-system-x86_64 --version": {"text": "QEMU emulator version 8.2.2 (Debian)"},
        "dmesg": {"text": ""},
    }
    found = look(alter("laptop-vmx", outputs=outputs))
    assert check(found, "qemu.version")["status"] == "warning"


def test_a_qemu_that_does_not_start(alter: Callable[..., Path]) -> None:
    failure = {"status": 127, "text": "libfdt.so.1: cannot open shared object file"}
    found = look(alter("nested-no-svm", outputs={"qemu-system-x86_64 --version": failure}))
    seen = check(found, "qemu.version")
    assert seen["status"] == "error"
    assert "libfdt.so.1" in seen["detail"]


def test_a_component_that_could_not_be_built_is_the_reason() -> None:
    problem = {"reason": "its source could not be fetched", "hint": "give qemu_source_path"}
    variants = look("nested-no-svm", component_problems={"qemu": problem})["variants"]
    assert variants["plain"]["runnable"]
    for name in ("cvm", "svsm"):
        assert "sev-snp-emulated (its source could not be fetched)" in variants[name]["reason"]
        assert "give qemu_source_path" in variants[name]["hint"]


def test_the_svsm_lacks_the_kernel_that_could_not_be_built(alter: Callable[..., Path]) -> None:
    problem = {"reason": "no COCONUT-SVSM Linux here", "hint": "give host_linux_source_path"}
    host = alter("epyc-milan", {"/proc/sys/kernel/osrelease": "6.12.107+deb13-amd64\n"})
    variants = look(host, component_problems={"host_kernel": problem})["variants"]
    assert variants["cvm"]["runnable"]
    assert "(no COCONUT-SVSM Linux here)" in variants["svsm"]["reason"]
    assert "give host_linux_source_path" in variants["svsm"]["hint"]


def test_only_the_svsm_lacks_an_image_that_could_not_be_built(alter: Callable[..., Path]) -> None:
    problem = {"reason": "no COCONUT-SVSM here", "hint": "give svsm_source_path"}
    host = alter("nested-no-svm", {"/qemu-objects.txt": "  sev-snp-emulated\n  igvm-cfg\n"})
    variants = look(host, component_problems={"svsm": problem})["variants"]
    assert variants["cvm"]["runnable"]
    assert "SVSM image (IGVM) (no COCONUT-SVSM here)" in variants["svsm"]["reason"]
    assert variants["svsm"]["hint"].endswith("give svsm_source_path")
