"""Whether a VM's memory is what it should be, by the word of its SVSM alone."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from pyrunner.vouch.answers import Answers, without_svsm, wrong_name
from pyrunner.vouch.asked import FIRST, SECOND, own
from pyrunner.vouch.vouched import EVIDENCE, Thing, Vouched

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from pyrunner.attestation.verify import Anchors
    from pyrunner.measurement.verify import Verdict
    from pyrunner.vouch.expected import Expected, Known

NO_DIGEST: Final = (
    "no launch digest is known that variant svsm has: see what the build phase says of it"
)


def judge(files: Mapping[str, Path], vm: str, expected: Expected, known: Known) -> Vouched:
    """Judge what a VM left when its memory was to be measured.

    Args:
        files: name -> file, as role measurement's guest.sh leaves them.
        vm: its name.
        expected: what the cell's VMs are measured against.
        known: what this VM alone has in its memory.
    """
    answers = Answers(files)
    for thing in (wrong_name(answers, vm), without_svsm(answers, expected.variant)):
        if thing is not None:
            return Vouched(vm=vm, things=(thing,))
    evidence = answers.evidence()
    missing = [turn for turn in (FIRST, SECOND) if turn not in evidence]
    if missing or not expected.launch_digest:
        lacks = f"the VM left no evidence: {' and '.join(missing)}" if missing else NO_DIGEST
        return Vouched(vm=vm, things=(Thing(name=EVIDENCE, status="failed", said=lacks),))
    return _measured(evidence, vm, expected, known)


def _measured(evidence: Mapping[str, bytes], vm: str, expected: Expected, known: Known) -> Vouched:
    """Verify both evidence files, then compare them with each other and with what is known."""
    # VMs without an SVSM, which do not come here, need not wait for these libraries.
    from pyrunner.vouch.things import compared  # noqa: PLC0415

    first = _verdict(evidence[FIRST], FIRST, vm, expected, 0)
    second = _verdict(evidence[SECOND], SECOND, vm, expected, _newest(first))
    about = _about(first, second)
    if about.status == "failed" or first.evidence is None or second.evidence is None:
        return Vouched(vm=vm, things=(about,))
    trust, report = first.trust, first.report
    return Vouched(
        vm=vm,
        things=(about, *compared(first.evidence, second.evidence, expected, known)),
        root=trust.root if trust else "",
        emulated=trust.emulated if trust else False,
        measurement=report.measurement.hex() if report else "",
        key=first.evidence.key.key_id.hex(),
    )


def _verdict(data: bytes, turn: str, vm: str, expected: Expected, seen: int) -> Verdict:
    """Verify one evidence file, but for what the records say; ``seen`` is the newest counter."""
    from pyrunner.measurement.verify import Wanted, verify  # noqa: PLC0415 - as above

    wanted = Wanted(
        nonce=own(expected.nonce, turn, vm),
        launch_digest=expected.launch_digest,
        after_counter=seen,
    )
    return verify(data, _anchors(expected), wanted)


def _anchors(expected: Expected) -> Anchors:
    from pyrunner.attestation.certificates import read_certificate  # noqa: PLC0415 - as above
    from pyrunner.attestation.verify import Anchors  # noqa: PLC0415 - as above

    named = expected.trust_root.encode()
    root = read_certificate(named, "the emulated chip's root") if named else None
    return Anchors(at=datetime.now(UTC), root=root)


def _newest(verdict: Verdict) -> int:
    """The greatest counter of an evidence file; 0 if it cannot be read."""
    entries = verdict.evidence.entries if verdict.evidence else ()
    return max((entry.record.counter for entry in entries), default=0)


def _about(first: Verdict, second: Verdict) -> Thing:
    """Say whether both files are worth believing: all that is wrong, or whose word they are."""
    wrong = [
        f"{turn}: {failure.message} ({failure.reason})"
        for turn, verdict in ((FIRST, first), (SECOND, second))
        for failure in verdict.failures
    ]
    keys = {each.evidence.key.key_id for each in (first, second) if each.evidence}
    if len(keys) > 1:
        wrong.append("the second is by another key than the first: the SVSM began anew in between")
    verified = first.verified and second.verified
    if wrong or not verified:
        said = "; ".join(wrong) or "it is not verified"
        return Thing(name=EVIDENCE, status="failed", said=said)
    said = "signed twice by a key that VMPL0 of the expected SVSM has, for a nonce each"
    return Thing(name=EVIDENCE, status="verified", said=said)
