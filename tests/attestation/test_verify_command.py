"""What a user of ``./testbed verify-report`` sees."""

from __future__ import annotations

import hashlib
import json
import re
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner, Result

from pyrunner.cli.main import main
from tests.builders import snp_chains, snp_reports

if TYPE_CHECKING:
    from pathlib import Path

AT = f"{snp_chains.NOW:%FT%T}"


def run(folder: Path, *more: str, report: str = "report.bin") -> Result:
    """Verify a folder's report with its chain, at a time at which that is valid."""
    files = ("--vcek", str(folder / "vcek.der"), "--cert-chain", str(folder / "chain.pem"))
    command = ("verify-report", str(folder / report), *files, "--at", AT, *more)
    return CliRunner().invoke(main, command)


def named(folder: Path) -> tuple[str, str]:
    """Name the emulated root."""
    return "--trust-root", str(folder / "root.pem")


def test_an_emulated_report_is_verified_and_marked(folder: Path) -> None:
    result = run(folder, *named(folder))
    assert result.exit_code == 0, result.output
    assert "EMULATED: verified, but by CN=SVSM testbed emulated root" in result.output
    assert "Milan, family 0x19 model 0x1" in result.output


def test_without_the_root_named_it_is_refused(folder: Path) -> None:
    result = run(folder)
    assert result.exit_code == 1
    assert "emulated_root_not_named: " in result.output
    assert result.output.splitlines()[-1].startswith("NOT VERIFIED")


def test_each_reason_has_a_line(folder: Path) -> None:
    options = ("--vmpl", "2", "--measurement", "00" * 48, "--min-tcb", "snp=9,microcode=116")
    result = run(folder, *options)
    assert result.exit_code == 1
    assert re.findall(r"^([a-z_]+): ", result.output, flags=re.MULTILINE) == [
        "emulated_root_not_named",
        "vmpl",
        "measurement",
        "tcb_too_old",
        "tcb_too_old",
    ]


def test_all_expectations_can_be_met(folder: Path) -> None:
    raw = snp_reports.signed_report(
        vmpl=2, report_data=hashlib.sha512(b"\1\2").digest(), guest_svn=4, policy=0xF0000
    )
    (folder / "report.hex").write_text(raw.hex("\n", 32))
    result = run(
        folder,
        *named(folder),
        *("--vmpl", "2", "--nonce", "0102", "--min-guest-svn", "4", "--host-data", "00" * 32),
        *("--measurement", "4d" * 48, "--min-tcb", "snp=8", "--crl", str(folder / "list.der")),
        *("--allow-debug", "--allow-migration-agent"),
        report="report.hex",
    )
    assert result.exit_code == 0, result.output


def test_json_for_programs(folder: Path) -> None:
    result = run(folder, *named(folder), "--vmpl", "3", "--json")
    told = json.loads(result.output)
    assert result.exit_code == 1
    assert (told["verified"], told["verdict"]) == (False, "refused")
    assert told["failures"] == [
        {"reason": "vmpl", "message": "VMPL 0 asked for the report, VMPL 3 was expected"}
    ]
    assert told["root"]["emulated"] is True
    assert told["report"]["measurement"] == "4d" * 48
    assert told["report"]["reported_tcb"]["microcode"] == 115
    good = json.loads(run(folder, *named(folder), "--json").output)
    assert (good["verified"], good["verdict"]) == (True, "emulated")


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (("--nonce", "00", "--report-data", "00" * 64), "give one"),
        (("--nonce", ""), "some bytes are wanted"),
        (("--measurement", "00"), "48 bytes (96 digits) are wanted"),
        (("--measurement", "zz"), "not hexadecimal"),
        (("--vmpl", "4"), "4 is not in the range"),
        (("--min-tcb", "snp"), "COMPONENT=NUMBER"),
        (("--min-tcb", "bios=1"), "COMPONENT=NUMBER"),
        (("--min-tcb", "snp=1,snp=2"), "COMPONENT=NUMBER"),
        (("--min-tcb", "snp=256"), "versions go up to 255"),
        (("--at", "yesterday"), "no time such as"),
        (("--trust-root", "/nonexistent"), "does not exist"),
    ],
)
def test_wrong_use(folder: Path, more: tuple[str, ...], said: str) -> None:
    result = run(folder, *more)
    assert result.exit_code == 2
    assert said in result.output


@pytest.mark.parametrize(
    ("name", "more", "said"),
    [
        ("report.bin", (), "neither a report"),
        ("vcek.der", (), "endorsement certificate: "),
        ("chain.pem", (), "chain file: "),
        ("root.pem", ("--trust-root",), "root.pem: "),
        ("list.der", ("--crl",), "list.der: "),
    ],
)
def test_unreadable_files_have_a_status_of_their_own(
    folder: Path, name: str, more: tuple[str, ...], said: str
) -> None:
    (folder / name).write_bytes(b"something else")
    result = run(folder, *(f"{part}={folder / name}" for part in more))
    assert result.exit_code == 2
    assert said in result.output
    assert "Traceback" not in result.output


def test_help_tells_how_to_use_it() -> None:
    result = CliRunner().invoke(main, ["verify-report", "--help"])
    assert result.exit_code == 0
    for part in ("Exit status", "Example", "--trust-root", "Milan's, Genoa's and Turin's"):
        assert part in result.output
