"""Chains that tests make hold for a day of 2026: verify at that time."""

from __future__ import annotations

import pytest

from tests.builders import snp_chains


@pytest.fixture(autouse=True)
def lasting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the verifier's clock show that day."""

    class Then:
        @staticmethod
        def now(_zone: object) -> object:
            return snp_chains.NOW

    monkeypatch.setattr("pyrunner.vouch.judge.datetime", Then)
