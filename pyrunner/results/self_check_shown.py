"""The self-check as it is read: the same words on the page, in the terminal and in JUnit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from pyrunner.results.labels import VARIANT_TITLES, fleet_title
from pyrunner.results.stats import CONFIDENCE

if TYPE_CHECKING:
    from pyrunner.results.self_check import Fleet, SelfCheck

MEND: Final = (
    "do not trust this host's verdicts yet: look at its noise (other load, boost, governor), at "
    "drift (temperature; more repeats) and at pinning (fleet_pinning), then check again"
)
ROUND: Final = 0.1
"""From here on tenths of a percent are of no interest."""

FEW_SPLITS: Final = 32
"""Splits below which the order of a pair cannot be judged at 5 %."""


@dataclass(frozen=True, slots=True)
class FleetRow:
    """A fleet's part of a self-check, as text."""

    variant: str
    fleet: str
    pairs: int
    compared: int
    found: int
    expected: str
    mean: str
    splits: str
    later: str


def verdict(check: SelfCheck) -> str:
    """Say in a sentence what a host's self-check came to."""
    variants = list(dict.fromkeys(VARIANT_TITLES[fleet.variant] for fleet in check.fleets))
    itself = "itself" if len(variants) == 1 else "themselves"
    found = "1 false alarm" if check.found == 1 else f"{check.found} false alarms"
    return (
        f"{found} in {check.compared} comparisons of {', '.join(variants)} with {itself}; "
        f"{check.expected:.1f} are to be expected. {_judgement(check)}"
    )


def _judgement(check: SelfCheck) -> str:
    if not check.found:
        return "That is not too many."
    judged = "too many" if check.too_many else "not too many"
    return (
        f"As many or more come about by chance with {_percent(check.probability)}, "
        f"the comparisons being worth {check.worth:.1f} independent ones: {judged}."
    )


def _percent(share: float) -> str:
    """Write a probability."""
    return f"{100 * share:.2g} %" if share < ROUND else f"{100 * share:.0f} %"


def fleet_rows(check: SelfCheck) -> list[FleetRow]:
    """Put a host's fleets into rows."""
    return [_row(fleet) for fleet in check.fleets]


def _row(fleet: Fleet) -> FleetRow:
    splits = fleet.splits
    return FleetRow(
        variant=VARIANT_TITLES[fleet.variant],
        fleet=fleet_title(fleet.fleet_size),
        pairs=fleet.pairs,
        compared=splits.compared,
        found=fleet.found,
        expected=f"{(1 - CONFIDENCE) * splits.compared:.1f}",
        mean=f"{splits.mean:.1f}",
        splits=f"{splits.count}" if splits.exact else f"{splits.count} drawn",
        later=_later(fleet),
    )


def _later(fleet: Fleet) -> str:
    """Say whether the later repeats of the pairs differ from the earlier ones."""
    splits = fleet.splits
    told = f"{splits.later} of {splits.compared}"
    if splits.count < FEW_SPLITS:
        return told
    return f"{told}, by chance {_percent(splits.later_chance)}"


def as_dict(check: SelfCheck) -> dict[str, Any]:
    """The outcome for JSON."""
    return {
        "host": check.host,
        "found": check.found,
        "compared": check.compared,
        "expected": round(check.expected, 2),
        "worth": round(check.worth, 2),
        "probability": round(check.probability, 6),
        "too_many": check.too_many,
        "told": verdict(check),
        "hint": MEND if check.too_many else "",
    }
