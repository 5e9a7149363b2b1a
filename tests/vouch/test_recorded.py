"""What real VMs left: one below COCONUT-SVSM under emulation, and a plain one."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

import pytest

from pyrunner.parsers.measurement import parse
from pyrunner.parsers.suite import SuiteFiles
from pyrunner.paths import REPOSITORY
from pyrunner.vouch.asked import content
from pyrunner.vouch.expected import Expected, Known
from pyrunner.vouch.judge import judge

if TYPE_CHECKING:
    from pathlib import Path

    from pyrunner.model import Variant
    from pyrunner.vouch.vouched import Vouched

DATA: Final = REPOSITORY / "tests" / "data" / "parsers" / "measurement"
NONCE: Final = "c5" * 64
DIGEST: Final = (DATA / "launch_digest").read_text(encoding="ascii").strip()


@pytest.fixture(autouse=True)
def lasting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Verify in the month in which they were recorded, when the emulated chain held."""

    class Then:
        @staticmethod
        def now(_zone: object) -> datetime:
            return datetime(2026, 12, 1, tzinfo=UTC)

    monkeypatch.setattr("pyrunner.vouch.judge.datetime", Then)


def recorded(variant: Variant, nonce: str = NONCE, digest: str = DIGEST) -> Vouched:
    """Judge a recorded VM."""
    host = {
        "attestation": {
            "trust_root": (DATA / "root.pem").read_text(encoding="ascii"),
            "measurements": {"svsm": digest},
        }
    }
    known = Known(process=content(bytes.fromhex(nonce), "vm1", 512), command_line=b"")
    return judge(files(variant), "vm1", Expected.of(variant, nonce, host), known)


def files(variant: str) -> dict[str, Path]:
    """The files of a recorded VM."""
    return {path.name: path for path in (DATA / variant).iterdir()}


def test_a_vm_below_an_svsm_is_vouched_for() -> None:
    found = recorded("svsm")
    assert found.wrong == []
    assert [(thing.name, thing.status, thing.size) for thing in found.things] == [
        ("evidence", "verified", 0),
        ("kernel-text", "verified", 16_777_216),
        ("kernel-rodata", "verified", 11_280_384),
        ("module:svsm_measure", "verified", 8_808),
        ("process", "verified", 67_988),
        ("firmware", "skipped", 0),
    ]
    assert found.emulated
    assert "EMULATED" in found.root


def test_its_measurements_took_calls_and_time() -> None:
    values = parse(SuiteFiles("vm1: measurement", files("svsm")))
    calls = {v.benchmark: v.value for v in values if v.metric == "calls"}
    assert calls == {"4KiB:calls": 1.0, "64KiB:calls": 1.0, "1MiB:calls": 4.0}
    assert sum(value.metric == "pass" for value in values) == 3 * 2 * 5


def test_it_answers_no_other_nonce_and_is_no_other_svsm() -> None:
    assert "(key_nonce)" in recorded("svsm", nonce="c6" * 64).wrong[0]
    assert "(measurement)" in recorded("svsm", digest="00" * 48).wrong[0]


def test_a_plain_vm_said_that_it_has_none() -> None:
    found = recorded("plain")
    assert [(thing.name, thing.status) for thing in found.things] == [("no SVSM", "verified")]
    assert "no guest with SEV-SNP" in found.things[0].said
