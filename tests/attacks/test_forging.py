"""The attacks on evidence, tried without a VM: what they forge is what they say they forge."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.attacks.forging import forging, rebuilt, taken_apart
from tests.attacks.guest import Answer, Row
from tests.attacks.judging import Verifier
from tests.attacks.run import table
from tests.builders import measurement, snp_chains, vouching


@pytest.fixture(autouse=True)
def lasting(monkeypatch: pytest.MonkeyPatch) -> None:
    """The chains that tests make hold for a day of 2026: verify at that time."""
    monkeypatch.setattr("tests.attacks.judging.datetime", snp_chains.Then)


def answers() -> tuple[Answer, Answer]:
    """Two good answers of one SVSM."""
    made = []
    for turn, start in ((b"\1", 1), (b"\2", 9)):
        nonce = turn * 64
        records = [replace(each, nonce=nonce) for each in vouching.records("vm1")[3:6]]
        numbered = measurement.numbered(*records, start=start)
        made.append(Answer(nonce, measurement.evidence(numbered, measurement.key(nonce=nonce))))
    return made[0], made[1]


def verifier() -> Verifier:
    """Somebody who trusts the tests' root."""
    root = snp_chains.pem([snp_chains.root()])
    return Verifier(root, measurement.LAUNCH_DIGEST)


def test_every_forgery_is_noticed_for_its_reason() -> None:
    rows = list(forging(verifier(), *answers()))
    assert [(row.attack, row.seen) for row in rows if not row.good] == []
    assert len(rows) == 11


def test_evidence_taken_apart_and_put_together_is_the_same() -> None:
    _, new = answers()
    assert rebuilt(new.data, lambda entries: entries) == new.data
    head, entries = taken_apart(new.data)
    assert [purpose.decode() for purpose, _ in entries] == [
        *("kernel-text", "kernel-rodata", "module:svsm_measure"),
    ]
    assert head.startswith(b"SVSMEVID")


def test_only_good_evidence_is_learnt_from() -> None:
    old, new = answers()
    taught = verifier().taught(old)
    assert taught.reasons(new) == ["verified"]
    assert sorted(taught.references.records) == [
        *("kernel-rodata", "kernel-text", "module:svsm_measure"),
    ]
    with pytest.raises(ValueError, match="key_nonce"):
        verifier().taught(replace(old, nonce=new.nonce))


def test_the_table_begins_with_what_went_unnoticed() -> None:
    rows = [Row("fine", "a", ["a"]), Row("not fine", "b", ["c", "c"])]
    assert table(rows).splitlines()[2:] == [
        "| not fine | b | c | NOT NOTICED |",
        "| fine | a | a | as it should |",
    ]
