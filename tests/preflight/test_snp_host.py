"""RMP table, SEV firmware, ASIDs and snphost: what logs and tools say, read and judged."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from plugins.module_utils.preflight.rmp import BOOKKEEPING, covers, read_rmp
from tests.preflight.recordings import HOSTS, SERVER, check, look, recorded, statuses

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SEGMENTED = """\
BIOS-e820: [mem 0x0000000000100000-0x0000000087ffffff] usable
BIOS-e820: [mem 0x0000000100000000-0x000000087fffffff] usable
BIOS-e820: [mem 0x0000010000000000-0x0000011fffffffff] System RAM
SEV-SNP: Segmented RMP base table physical range [0x000000009ba00000 - 0x000000009ba05000]
SEV-SNP: Segmented RMP using 128GB segments
SEV-SNP: RMP segment 0 physical address [0x8800000 - 0x10ffffff] covering [0x0 - 0x87fffffff]
SEV-SNP: RMP segment 8 physical address [0x55b00000 - 0x75afffff] covering [0x10000000000 - \
0x11fffffffff]
SEV-SNP: RMP segment 9 physical address [0x35a00000 - 0x559fffff] covering [0x12000000000 - \
0x13fffffffff]
"""
"""As in AMDESE/AMDSEV, README.md, "Verify"; the memory map is ours."""

OLD_TEXT = """\
[ \x1b[32mPASS\x1b[0m ] - AMD CPU
[ \x1b[32mPASS\x1b[0m ]     - SEV firmware version: 1.55
[ \x1b[31mFAIL\x1b[0m ]         - Alias check
[ \x1b[33mSKIP\x1b[0m ]         - RMP table initialized
[ \x1b[32mPASS\x1b[0m ] - Memlock resource limit: Soft: 8388608 | Hard: 8388608
"""
"""As release 0.7 prints it, with the colours that it never leaves out."""

NO_OPTION = "error: unexpected argument '--output' found\n\nUsage: snphost ok\n"


def test_a_table_covers_a_page_for_every_sixteen_bytes() -> None:
    assert covers(BOOKKEEPING + 16) == 4096
    # coconut-svsm/svsm issue 409: a host with 768 GiB.
    assert covers(0xC04D7FFFFF - 0xBF8D200000 + 1) == 0xC05FC00000
    assert covers(BOOKKEEPING - 1) == 0


def test_a_segmented_table() -> None:
    rmp = read_rmp(SEGMENTED)
    assert rmp.covered == (
        (0, 0x87FFFFFFF),
        (0x10000000000, 0x11FFFFFFFFF),
        (0x12000000000, 0x13FFFFFFFFF),
    )
    assert rmp.uncovered == 0
    without = read_rmp(SEGMENTED.replace("RMP segment 8", "RMP part 8"))
    assert without.uncovered == 0x2000000000


def test_memory_that_an_old_kernel_does_not_miss(alter: Callable[..., Path]) -> None:
    """AMDESE/AMDSEV issue 226: Linux 6.9-rc1 took a table that was too small."""
    log = (HOSTS / "epyc-milan/dmesg.txt").read_text("utf-8").replace("a84fffff", "9fefffff")
    found = check(look(alter("epyc-milan", {"/dmesg.txt": log})), "snp.rmp")
    assert found["status"] == "warning"
    assert "33.2 of 63.6 GiB have no entry" in found["detail"]
    assert "Custom" in found["hint"]


def test_without_a_memory_map_the_size_of_the_memory_counts(alter: Callable[..., Path]) -> None:
    log = "SEV-SNP: RMP table physical range [0x0000000097f00000 - 0x00000000a84fffff]\n"
    files = {"/dmesg.txt": log}
    assert check(look(alter("epyc-milan", files)), "snp.rmp")["status"] == "ok"


def test_a_log_that_lost_the_table_is_made_up_for_by_snphost(alter: Callable[..., Path]) -> None:
    host = alter("epyc-milan", {"/dmesg.txt": "SEV-SNP API:1.55 build:17\n"})
    assert check(look(host), "snp.rmp")["status"] == "ok"
    record = json.loads((host / "recorded.json").read_text("utf-8"))
    del record["programs"]["snphost"]
    (host / "recorded.json").write_text(json.dumps(record), encoding="utf-8")
    recorded.cache_clear()
    found = look(host)
    assert check(found, "snp.rmp")["status"] == "missing"
    assert "journalctl" in check(found, "snp.rmp")["hint"]
    assert "cargo install" in check(found, "snphost.ok")["hint"]


@pytest.mark.parametrize(
    ("least", "status"),
    [("1.51", "ok"), ("1.55", "ok"), ("1.55.17", "ok"), ("1.55.18", "missing"), ("2.0", "missing")],
)
def test_firmware_against_the_oldest_that_will_do(least: str, status: str) -> None:
    found = look("epyc-milan", sev_firmware_min=least)
    assert check(found, "snp.firmware")["status"] == status
    assert found["facts"]["sev_firmware"] == "1.55.17"


@pytest.mark.parametrize(
    ("limits", "free"),
    [
        ({}, 98),
        ({"user.slice": ("sev_es 10", "sev_es 3")}, 7),
        (
            {"user.slice": ("sev_es max", "sev_es 3"), "user.slice/user-0.slice": ("sev_es 2", "")},
            2,
        ),
    ],
)
def test_limits_of_the_own_cgroups(
    alter: Callable[..., Path], limits: dict[str, tuple[str, str]], free: int
) -> None:
    files: dict[str, str | None] = {}
    for group, (most, current) in limits.items():
        files[f"/sys/fs/cgroup/{group}/misc.max"] = most
        files[f"/sys/fs/cgroup/{group}/misc.current"] = current
    assert look(alter("epyc-milan", files))["facts"]["snp_asids_free"] == free


def test_snphost_tells_the_tcb() -> None:
    told = look("epyc-snphost")["facts"]["snp_tcb"]
    assert told["match"] is False
    assert told["platform_tcb_version"]["snp"] == "24"
    assert told["reported_tcb_version"]["snp"] == "23"


def test_what_snphost_finds_brings_its_hint() -> None:
    found = look("epyc-snphost", **SERVER)
    alias = check(found, "snphost.alias_check")
    assert (alias["detail"], "AMD-SB-3015" in alias["hint"]) == ("failed", True)
    assert "differ" in check(found, "snphost.comparing_tcb_values")["detail"]
    assert "28 tests passed, 2 failed" in check(found, "snphost.ok")["detail"]


def test_what_our_checks_tell_is_not_told_again() -> None:
    found = look("epyc-rmp-short", **SERVER)
    assert [name for name in statuses(found) if name.startswith("snphost.")] == []
    assert "4 of the failures are told" in check(found, "snphost.ok")["detail"]


def test_registers_that_cannot_be_read_are_one_finding(alter: Callable[..., Path]) -> None:
    report = json.loads((HOSTS / "epyc-milan/snphost.json").read_text("utf-8"))
    for test in report["tests"]:
        if test["name"] in ("SME", "SNP"):
            test.update(status="fail", message="MSR read failed: Error Reading MSR")
    found = look(alter("epyc-milan", {"/snphost.json": json.dumps(report)}))
    assert "SME, SNP" in check(found, "snphost.msr")["detail"]
    assert "modprobe msr" in check(found, "snphost.msr")["hint"]


@pytest.mark.parametrize(
    ("answers", "status", "word"),
    [
        (((2, NO_OPTION), (1, OLD_TEXT)), "missing", "prints no JSON"),
        (((2, NO_OPTION), (101, "thread 'main' panicked")), "missing", "panicked"),
        (((0, "[]"), (0, "")), "missing", "status 0"),
        (((0, '{"tests": [{}], "skipped": []}'), (1, "")), "missing", "status 1"),
        (((1, OLD_TEXT), (127, "not there")), "missing", "status 127"),
    ],
)
def test_an_old_or_broken_snphost_is_told_and_no_error(
    alter: Callable[..., Path],
    answers: tuple[tuple[int, str], tuple[int, str]],
    status: str,
    word: str,
) -> None:
    commands = ("snphost ok --output json", "snphost ok")
    outputs = {c: {"status": s, "text": t} for c, (s, t) in zip(commands, answers, strict=True)}
    log = {"dmesg": {"file": "/dmesg.txt"}}
    seen = look(alter("epyc-milan", outputs={**log, **outputs}))
    assert check(seen, "snphost.ok")["status"] == status
    assert word in check(seen, "snphost.ok")["detail"]
    assert check(seen, "snp.firmware")["status"] == "ok"


def test_findings_of_an_old_snphost_count_as_well(alter: Callable[..., Path]) -> None:
    outputs = {
        "dmesg": {"file": "/dmesg.txt"},
        "snphost ok --output json": {"status": 2, "text": NO_OPTION},
        "snphost ok": {"status": 1, "text": OLD_TEXT},
    }
    found = look(alter("epyc-milan", outputs=outputs))
    assert check(found, "snphost.alias_check")["status"] == "warning"
    assert "troubleshooting" in check(found, "snphost.alias_check")["hint"]


def test_snphost_is_not_asked_without_root(alter: Callable[..., Path]) -> None:
    found = look(alter("epyc-milan", uid=1000, user="ada"))
    assert "wants root" in check(found, "snphost.ok")["detail"]


def test_a_log_for_root_alone_is_told_once(alter: Callable[..., Path]) -> None:
    outputs = {"dmesg": {"status": 1, "text": "dmesg: read kernel buffer failed: not permitted"}}
    found = look(alter("epyc-milan", outputs=outputs, user="ada", uid=1000), **SERVER)
    hints = {c["id"]: c["hint"] for c in found["checks"] if c["id"].startswith("snp.")}
    assert "Connect as root" in hints["snp.init"]
    assert hints["snp.rmp"] == hints["snp.firmware"] == "First snp.init must be ok"


def test_the_tcb_is_told_with_the_firmware() -> None:
    detail = check(look("epyc-milan"), "snp.firmware")["detail"]
    assert detail.endswith("(TCB: boot loader 4, tee 0, snp 24, microcode 219)")


@pytest.mark.parametrize("form", ["json", "txt"])
def test_what_the_program_itself_printed(alter: Callable[..., Path], form: str) -> None:
    """Release 0.9.0, run on a machine that is no AMD: both forms have the same in them."""
    text = (HOSTS.parent / f"preflight_snphost/0.9.0-not-amd.{form}").read_text("utf-8")
    other = {"status": 2, "text": NO_OPTION}
    outputs = {
        "dmesg": {"file": "/dmesg.txt"},
        "snphost ok --output json": {"status": 1, "text": text} if form == "json" else other,
        "snphost ok": {"status": 1, "text": text},
    }
    found = look(alter("epyc-milan", outputs=outputs))
    assert "2 tests passed, 5 failed, 25 had no chance" in check(found, "snphost.ok")["detail"]
    assert "sev_snp does not exist" in check(found, "snphost.sev_snp_enabled_in_kvm")["detail"]
