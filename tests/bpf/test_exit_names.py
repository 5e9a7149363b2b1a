"""Exit reasons have the names of Linux's headers."""

from __future__ import annotations

import re

import pytest

from plugins.module_utils.fleet.trace_program import events_folder
from pyrunner.parsers.exit_names import SVM_NAMES, VMX_NAMES, exit_name, vmgexit_name, vmpl_name


@pytest.mark.parametrize(
    ("isa", "reason", "name"),
    [
        (2, 0x400, "svm:npf"),
        (2, 0x403, "svm:vmgexit"),
        (2, 0x78, "svm:hlt"),
        (2, 0xFFFFFFFF, "svm:err"),
        (2, 0xABC, "svm:0xabc"),
        (1, 48, "vmx:ept_violation"),
        (1, 0x80000021, "vmx:invalid_state_failed_entry"),
        (1, 999, "vmx:0x3e7"),
        (0, 0x10003, "tcg:halted"),
        (7, 1, "isa7:0x1"),
    ],
)
def test_exits_are_named(isa: int, reason: int, name: str) -> None:
    assert exit_name(isa, reason) == name


@pytest.mark.parametrize(
    ("code", "name"),
    [
        (0x80000018, "vmgexit:snp_run_vmpl"),
        (0x7B, "vmgexit:ioio"),
        (0x80000010, "vmgexit:psc"),
        (-1 - 0x16, "vmgexit:msr_snp_run_vmpl"),
        (-1 - 0x100, "vmgexit:msr_term_request"),
        (0x8000ABCD, "vmgexit:0x8000abcd"),
    ],
)
def test_vmgexits_are_named(code: int, name: str) -> None:
    assert vmgexit_name(code) == name


def test_switches_are_named_by_the_vmpl_that_runs_then() -> None:
    assert vmpl_name(2) == "vmpl:2"


def test_this_kernel_knows_no_reason_that_has_no_name_here() -> None:
    """The tracepoint's format lists the reasons that the running kernel knows, by number."""
    folder = events_folder()
    form = folder / "kvm/kvm_exit/format" if folder else None
    if form is None or not form.exists():
        pytest.skip("no tracepoint kvm:kvm_exit here: mount tracefs, load kvm")
    vmx, svm = form.read_text("utf-8").split("__print_symbolic")[1:3]
    reasons = {int(number) for number in re.findall(r"\{ (\d+), ", vmx)}
    assert len(reasons) > 60
    assert reasons <= {*VMX_NAMES}
    codes = {
        sum(int(part, 16 if part.startswith("0x") else 10) for part in number.split(" + "))
        for number in re.findall(r"\{ (0x[0-9a-f]+(?: \+ \d+)?), ", svm)
    }
    assert len(codes) > 90
    assert {code for code in codes if code < 0x80000000} <= {*SVM_NAMES}
