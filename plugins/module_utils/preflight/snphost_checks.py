"""Findings from ``snphost ok``: one for each of its tests that fails and is not told by a check."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from .check import Check, Topic

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from .snphost import Outcome, Snphost

SNPHOST = Topic("snphost.ok", "snphost ok")
NO_MSR = Topic("snphost.msr", "snphost: registers of the processor")

NO_STATUS: Final = ("Failed to get SNP Platform status", "Failed to get SEV Platform Status")
"""Every test that asks the firmware says so where SEV-SNP did not come up."""

SILENT_REGISTER: Final = re.compile("MSR read failed|Failed to read the desired MSR")

SAME: Final[Mapping[str, tuple[str, ...]]] = {
    # As src/ok/mod.rs names its results, in lower case; the second word is the check of ours that
    # looks at the same thing.
    "amd cpu": ("cpu.sev_snp",),
    "microcode support": ("cpu.sev_snp",),
    "secure memory encryption (sme)": ("cpu.sev_snp",),
    "sme": ("cpu.sev_snp", "snp.init"),
    "secure encrypted virtualization (sev)": ("cpu.sev_snp",),
    "encrypted state (sev-es)": ("cpu.sev_snp",),
    "secure nested paging (sev-snp)": ("cpu.sev_snp",),
    "snp": ("cpu.sev_snp", "snp.init", "snp.rmp"),
    "sev firmware version": ("snp.firmware",),
    "sev-es initialized": ("snp.init", "kvm.sev_snp"),
    "sev initialized": ("snp.init", "kvm.sev_snp"),
    "snp initialized": ("snp.init", "snp.firmware", "snp.rmp", "kvm.sev_snp"),
    "reading rmp table": ("snp.rmp",),
    "rmp table initialized": ("snp.rmp", "snp.init"),
    "/dev/sev readable": ("snp.device",),
    "/dev/sev writable": ("snp.device",),
    "kvm supported": ("kvm.usable",),
    "kvm support": ("kvm.usable",),
    "sev enabled in kvm": ("kvm.sev_snp",),
    "sev-es enabled in kvm": ("kvm.sev_snp",),
    "sev-snp enabled in kvm": ("kvm.sev_snp",),
    # Releases before 0.6 have other words.
    "sev-es init": ("snp.init", "kvm.sev_snp"),
    "sev init": ("snp.init", "kvm.sev_snp"),
    "snp init": ("snp.init", "snp.firmware", "snp.rmp", "kvm.sev_snp"),
    "rmp init": ("snp.rmp", "snp.init"),
}
FOR_TEXT: Final = "See docs/troubleshooting.md of virtee/snphost for this test"
COMPLIANCE: Final = ("compliance", "optional_features")
WORDS: Final = ("alias check", "comparing tcb values", "memlock resource limit")
"""Tests of category compliance, for releases that name no category."""


def check_snphost(told: Snphost, checks: Iterable[Check]) -> list[Check]:
    """Tell what it found, least what `checks` tell already."""
    if not told.wanted:
        return [SNPHOST.ok("not asked: the processor has no SEV-SNP")]
    if told.path is None:
        hint = "cargo install snphost: a second opinion from AMD's side, with TCB and alias check"
        return [SNPHOST.found("missing", "not installed", hint)]
    if told.problem:
        hint = "Run it by hand (snphost ok); preflight works without it"
        return [SNPHOST.found("missing", f"{told.path}: {told.problem}", hint)]
    failed = [test for test in told.tests if test.status == "fail"]
    bad = {check.id for check in checks if check.status != "ok"}
    known = [test for test in failed if bad & set(_same(test))]
    rest = [test for test in failed if test not in known]
    silent = [test for test in rest if SILENT_REGISTER.search(test.message)]
    return [
        _summary(told, len(failed), len(known)),
        *_registers(silent),
        *(_finding(test) for test in rest if test not in silent),
    ]


def _same(test: Outcome) -> tuple[str, ...]:
    """The checks of ours that look at the same thing, or at the cause of the failure."""
    if test.message.startswith(NO_STATUS):
        return SAME["snp initialized"]
    return SAME.get(test.name.lower(), ())


def _summary(told: Snphost, failed: int, known: int) -> Check:
    """How many tests passed; which failed is told by the other findings."""
    count = {word: sum(t.status == word for t in told.tests) for word in ("pass", "skip")}
    detail = f"{count['pass']} tests passed, {failed} failed, {count['skip']} had no chance"
    if known:
        detail += f"; {known} of the failures are told by other checks here"
    if told.old:
        return SNPHOST.found(
            "missing",
            f"{detail}; it prints no JSON, so its hints are missing",
            "Update it to 0.9 or newer: cargo install snphost",
        )
    return SNPHOST.ok(detail)


def _registers(tests: list[Outcome]) -> list[Check]:
    """All tests that could not read a register have one cause."""
    if not tests:
        return []
    detail = f"could not be read for: {', '.join(test.name for test in tests)}"
    return [NO_MSR.found("missing", detail, "modprobe msr (kernel lockdown forbids it, too)")]


def _finding(test: Outcome) -> Check:
    """A test that failed; those of compliance do not keep guests from starting."""
    name = re.sub(r"[^a-z0-9]+", "_", test.name.lower()).strip("_")
    mild = test.category in COMPLIANCE or test.name.lower() in WORDS
    return Topic(f"snphost.{name}", f"snphost: {test.name}").found(
        "warning" if mild else "missing", test.message or "failed", test.hint or FOR_TEXT
    )
