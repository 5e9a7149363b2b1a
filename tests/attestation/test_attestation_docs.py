"""Every reason is explained to people and met in a test."""

from __future__ import annotations

from pathlib import Path

import pytest

from pyrunner.attestation.failures import Reason
from pyrunner.paths import REPOSITORY

HERE = Path(__file__).parent


@pytest.mark.parametrize("reason", Reason)
def test_every_reason_is_documented(reason: Reason) -> None:
    page = (REPOSITORY / "docs" / "attestation.md").read_text(encoding="utf-8")
    assert f"| `{reason}` |" in page


def test_no_other_reason_is_documented() -> None:
    page = (REPOSITORY / "docs" / "attestation.md").read_text(encoding="utf-8")
    section = page.split("## Reasons")[1].split("\n## ")[0]
    rows = [line for line in section.splitlines() if line.startswith("| `")]
    assert {row.split("`")[1] for row in rows} == {str(reason) for reason in Reason}


@pytest.mark.parametrize("reason", Reason)
def test_every_reason_is_met_in_a_test(reason: Reason) -> None:
    texts = [path.read_text(encoding="utf-8") for path in HERE.glob("test_*.py")]
    unreadable_list = reason is Reason.REVOCATION_LIST_UNREADABLE  # met by the command's test
    assert unreadable_list or any(f"Reason.{reason.name}" in text for text in texts)
