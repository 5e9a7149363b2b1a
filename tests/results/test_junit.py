"""JUnit, read back as CI reads it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest

from pyrunner.results.findings import Findings
from pyrunner.results.junit import clean, junit
from pyrunner.results.load import load
from tests.builders import synthetic

if TYPE_CHECKING:
    from pathlib import Path


def suites(home: Path) -> dict[str, ET.Element]:
    """Read the suites of a campaign's report by their names."""
    root = ET.fromstring((home / "junit.xml").read_bytes())  # noqa: S314 - our own file
    assert root.tag == "testsuites"
    return {suite.get("name", ""): suite for suite in root}


def properties(suite: ET.Element) -> dict[str, str]:
    """Read a suite's properties."""
    return {each.get("name", ""): each.get("value", "") for each in suite.iter("property")}


def test_a_sealed_cell_has_a_case_per_phase_and_its_identity(everything: Path) -> None:
    suite = suites(everything)["epyc1.plain-8vm-r2"]
    names = [case.get("name") for case in suite.iter("testcase")]
    assert names == ["launch", "boot", "benchmark_unixbench", "collect", "seal"]
    assert properties(suite) == {
        "campaign": "epyc-thesis",
        "host": "epyc1",
        "backend": "kvm",
        "variant": "plain",
        "fleet_size": "8",
        "repeat": "2",
        "artifact_set": "0123456789ab",
        "profile": "quick",
        "started_at": synthetic.STARTED,
    }
    assert suite.get("failures") == suite.get("skipped") == "0"


def test_a_failed_cell_is_named_with_message_and_hint(everything: Path) -> None:
    suite = suites(everything)["epyc1.svsm-8vm-r5"]
    launch, boot = suite.iter("testcase")
    assert launch.find("failure") is None
    failure = boot.find("failure")
    assert failure is not None
    assert failure.get("message") == (
        "epyc1/svsm-8vm-r5: vm3 wrote nothing to its serial port for 300 s"
    )
    assert "hint: read raw/vm3/qemu.log" in (failure.text or "")
    assert boot.get("name") == "boot"


def test_what_did_not_run_is_skipped_with_the_reason(everything: Path, plain_only: Path) -> None:
    planned = suites(everything)["epyc1.cvm-8vm-r5"].find("testcase/skipped")
    assert planned is not None
    assert planned.get("message") == "epyc1/cvm-8vm-r5: not run yet"
    found = suites(plain_only)
    for name in ("local.cvm-1vm", "local.cvm-8vm", "local.svsm-1vm", "local.svsm-8vm"):
        skipped = found[name].find("testcase/skipped")
        assert skipped is not None
        assert "the CPU has no SEV-SNP" in skipped.get("message", "")
        assert "run on an EPYC" in skipped.get("message", "")
    suite = found["suites"].find("testcase[@name='unixbench']/skipped")
    assert suite is not None
    assert "unixbench_source_path" in suite.get("message", "")


def test_preflight_has_a_case_per_check(plain_only: Path) -> None:
    suite = suites(plain_only)["preflight.local"]
    cases = {case.get("name"): case for case in suite.iter("testcase")}
    assert list(cases) == ["cpu.sev_snp", "memory", "qemu.version", "kvm"]
    assert cases["memory"].find("skipped") is None
    assert cases["kvm"].find("skipped") is not None
    told = cases["qemu.version"].find("system-out")
    assert told is not None
    assert (told.text or "").startswith("warning: ")
    assert properties(suite)["host"] == "local"


def test_an_error_of_preflight_is_a_failure(tmp_path: Path, small: synthetic.Spec) -> None:
    home = synthetic.build(tmp_path, small)
    plan = json.loads((home / "campaign.json").read_text())
    plan["hosts"]["epyc1"]["checks"][0]["status"] = "error"
    (home / "campaign.json").write_text(json.dumps(plan))
    root = ET.fromstring(junit(*load(home), Findings()))  # noqa: S314 - our own bytes
    assert root.get("failures") == "1"
    assert root.find("testsuite/testcase[@name='cpu.sev_snp']/failure") is not None


def test_totals_are_the_sums(everything: Path) -> None:
    root = ET.fromstring((everything / "junit.xml").read_bytes())  # noqa: S314
    assert root.get("tests") == str(sum(1 for _ in root.iter("testcase")))
    assert (root.get("failures"), root.get("skipped"), root.get("errors")) == ("1", "1", "0")


def test_a_phase_that_failed_itself_is_not_told_twice(
    tmp_path: Path, small: synthetic.Spec
) -> None:
    small.failed = frozenset({"plain-1vm-r1"})
    home = synthetic.build(tmp_path, small)
    path = home / "cells/epyc1/plain-1vm-r1/failure.json"
    failure = json.loads(path.read_text())
    failure["phases"].append(
        {"name": "boot", "status": "failed", "seconds": 3.5, "message": "own words", "hint": ""}
    )
    path.write_text(json.dumps(failure))
    root = ET.fromstring(junit(*load(home), Findings()))  # noqa: S314
    (found,) = root.iter("failure")
    assert found.get("message") == "epyc1/plain-1vm-r1: own words"


@pytest.mark.parametrize("text", ["\x1b[31mred\x00", "\ud800", "\ufffe", 'a & <b> "c"\nd'])
def test_what_a_console_says_does_not_break_the_document(
    tmp_path: Path, small: synthetic.Spec, text: str
) -> None:
    small.failed = frozenset({"plain-1vm-r1"})
    home = synthetic.build(tmp_path, small)
    path = home / "cells/epyc1/plain-1vm-r1/failure.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"message": text}))
    root = ET.fromstring(junit(*load(home), Findings()))  # noqa: S314
    (found,) = root.iter("failure")
    assert clean(text) in (found.get("message") or "")
