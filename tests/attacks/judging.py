"""What a verifier outside says of evidence: the reasons alone, or that all holds."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from pyrunner.attestation.certificates import read_certificate
from pyrunner.attestation.verify import Anchors
from pyrunner.measurement.references import Reference, References
from pyrunner.measurement.verify import Verdict, Wanted, verify

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.attacks.guest import Answer

VERIFIED = "verified"


@dataclass(frozen=True, slots=True)
class Verifier:
    """Somebody outside, who knows the SVSM's image, the emulated root, and what memory is to hold.

    Attributes:
        root: the emulated chip's root, PEM.
        launch_digest: of the SVSM's image, 48 bytes.
        references: purpose -> what its record is to say.
    """

    root: bytes
    launch_digest: bytes
    references: References = References()  # noqa: RUF009 - frozen

    def verdict(self, answer: Answer) -> Verdict:
        """Verify evidence."""
        anchors = Anchors(at=datetime.now(UTC), root=read_certificate(self.root, "the root"))
        wanted = Wanted(
            nonce=answer.nonce, launch_digest=self.launch_digest, references=self.references
        )
        return verify(answer.data, anchors, wanted)

    def reasons(self, answer: Answer) -> list[str]:
        """Say why evidence is refused, or that it is verified."""
        verdict = self.verdict(answer)
        return [str(it.reason) for it in verdict.failures] or [VERIFIED]

    def taught(self, answer: Answer, purposes: Iterable[str] = ()) -> Verifier:
        """Take the records of good evidence for references; all of them, or those of purposes.

        Raises:
            ValueError: the evidence is not good.
        """
        verdict = self.verdict(answer)
        if verdict.evidence is None or not verdict.verified:
            raise ValueError(f"evidence to learn from is refused: {self.reasons(answer)}")
        wanted = set(purposes)
        records = {
            entry.purpose.text: Reference.of_record(entry.record)
            for entry in verdict.evidence.entries
            if not wanted or entry.purpose.thing in wanted
        }
        return replace(self, references=References({**self.references.records, **records}))
