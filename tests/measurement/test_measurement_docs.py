"""Every reason is explained to people and met in a test."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

from pyrunner.attestation import failures as attestation
from pyrunner.measurement.reasons import Reason
from pyrunner.paths import REPOSITORY

HERE: Final = Path(__file__).parent
PAGE: Final = (REPOSITORY / "docs" / "measurement.md").read_text(encoding="utf-8")


def test_exactly_the_reasons_that_there_are_have_a_row() -> None:
    section = PAGE.split("## What is checked")[1].split("\n## ")[0]
    rows = [line.split("`")[1] for line in section.splitlines() if line.startswith("| `")]
    assert sorted(rows) == sorted(Reason)


def test_attacks_are_stopped_by_reasons_that_there_are() -> None:
    section = PAGE.split("## Attacks")[1].split("\n## ")[0]
    named = {word for word in section.split("`")[1::2] if "_" in word}
    assert named
    assert named <= {*Reason, *attestation.Reason}


@pytest.mark.parametrize("reason", Reason)
def test_every_reason_is_met_in_a_test(reason: Reason) -> None:
    texts = [path.read_text(encoding="utf-8") for path in HERE.glob("test_*.py")]
    assert any(f"Reason.{reason.name}" in text for text in texts)


def test_reasons_are_not_those_of_reports() -> None:
    assert not {str(reason) for reason in Reason} & {str(each) for each in attestation.Reason}
