"""Chains that tests make hold for a day of 2026: verify at that time."""

from __future__ import annotations

import pytest

from tests.builders import snp_chains


@pytest.fixture(autouse=True)
def lasting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the verifier's clock show that day."""
    monkeypatch.setattr("pyrunner.vouch.judge.datetime", snp_chains.Then)
