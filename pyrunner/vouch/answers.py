"""What a VM said when its memory was to be measured: that it cannot be, or two evidence files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from pyrunner.vouch.asked import FIRST, SECOND
from pyrunner.vouch.vouched import ALL, NO_SVSM, Thing

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from pyrunner.model import Variant

NONE: Final = "3"
"""What the tool ends with where there is no SVSM, or none that measures."""
GOOD: Final = "0"
LONGEST: Final = 300
MEND: Final = (
    "the SVSM has to be built with this project's patches (role build_svsm); else set "
    "testbed_measurement=false"
)


@dataclass(frozen=True, slots=True)
class Answers:
    """The files of a VM, by the names that guest.sh gives them."""

    files: Mapping[str, Path]

    def text(self, name: str) -> str:
        """A small text on one line; empty if there is none."""
        if name not in self.files:
            return ""
        said = self.files[name].read_text(encoding="utf-8", errors="replace")
        return " ".join(said.split())[:LONGEST]

    def evidence(self) -> dict[str, bytes]:
        """The evidence files that are there: ``first``, ``second``."""
        named = {turn: f"{turn}.bin" for turn in (FIRST, SECOND)}
        return {
            turn: self.files[name].read_bytes()
            for turn, name in named.items()
            if name in self.files
        }


def wrong_name(answers: Answers, vm: str) -> Thing | None:
    """Tell if these are another VM's answers; None if they are this one's."""
    name = answers.text("name")
    if name == vm:
        return None
    return Thing(name=ALL, status="failed", said=f"the VM calls itself {name!r}")


def without_svsm(answers: Answers, variant: Variant) -> Thing | None:
    """Judge an answer that there is nobody who measures; None if somebody does, as should be."""
    ended, said = answers.text("query.exit"), answers.text("query.said")
    if variant == "svsm":
        if ended == GOOD:
            return None
        what = f"svsm-measure ended with {ended or 'nothing'}: {said or 'no reason'}; {MEND}"
        return Thing(name=ALL, status="failed", said=what)
    if ended == NONE and said:
        return Thing(name=NO_SVSM, status="verified", said=said)
    what = f"svsm-measure ended with {ended or 'nothing'}, not {NONE}, in a {variant} VM: "
    return Thing(name=NO_SVSM, status="failed", said=what + (said or "no reason"))
