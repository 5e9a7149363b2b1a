"""What ran, what did not, and why: the top of the page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pyrunner.results.labels import VARIANT_HELP, VARIANT_TITLES, fleet_title, suite_title

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyrunner.model import Variant
    from pyrunner.results.campaign import Campaign, Host
    from pyrunner.results.load import CellState
    from pyrunner.results.tally import Tally


@dataclass(frozen=True, slots=True)
class Square:
    """A variant's fleet size on a host: how many repeats are done of how many planned."""

    done: int
    failed: int
    planned: int

    @property
    def word(self) -> str:
        """The state in one word, which is also its style."""
        if not self.planned:
            return "skipped"
        if self.failed:
            return "failed"
        return "done" if self.done == self.planned else "open"

    @property
    def said(self) -> str:
        """The state as it is read."""
        return {"failed": f"{self.failed} failed", "open": "not run yet"}.get(self.word, self.word)


@dataclass(frozen=True, slots=True)
class Row:
    """A variant on a host, a square per fleet size; ``backend`` is empty where none runs it."""

    host: str
    variant: Variant
    title: str
    help: str
    backend: str
    squares: list[Square]


@dataclass(frozen=True, slots=True)
class Reason:
    """Something left out, why, and what would mend it."""

    what: str
    reason: str
    hint: str


def squares(campaign: Campaign, states: Sequence[CellState]) -> list[Row]:
    """Lay out the cells: a row per host and variant."""
    return [
        _row(campaign, states, host, variant)
        for host in campaign.hosts.values()
        for variant in campaign.variants
    ]


def _row(campaign: Campaign, states: Sequence[CellState], host: Host, variant: Variant) -> Row:
    ability = host.variants.get(variant)
    places = [(host.name, variant, size) for size in campaign.fleet_sizes]
    return Row(
        host.name,
        variant,
        VARIANT_TITLES[variant],
        VARIANT_HELP[variant],
        (ability.backend if ability else None) or "",
        [_square(states, place) for place in places],
    )


def _square(states: Sequence[CellState], place: tuple[str, str, int]) -> Square:
    found = [
        state.status
        for state in states
        if (state.cell.host, state.cell.variant, state.cell.fleet_size) == place
    ]
    return Square(found.count("done"), found.count("failed"), len(found))


def left_out(campaign: Campaign) -> list[Reason]:
    """What was skipped for cause: variants with all their fleet sizes in one line, and suites."""
    merged: dict[tuple[str, str, str, str], list[int]] = {}
    for skip in campaign.skipped:
        key = (skip.host, skip.variant, skip.reason, skip.hint)
        merged.setdefault(key, []).extend([skip.fleet_size] if skip.fleet_size else [])
    reasons = [
        Reason(_what(variant, sizes, host), reason, hint)
        for (host, variant, reason, hint), sizes in merged.items()
    ]
    for suite, note in campaign.suite_notes.items():
        if not note.available:
            reasons.append(Reason(suite_title(suite), note.reason, note.hint))
    return reasons


def _what(variant: str, sizes: list[int], host: str) -> str:
    fleets = " and ".join(fleet_title(size) for size in sorted(sizes))
    name = VARIANT_TITLES.get(variant, variant)
    return f"{name} on {host}" + (f", {fleets}" if fleets else "")


def tiles(campaign: Campaign, states: Sequence[CellState], tally: Tally) -> list[tuple[str, str]]:
    """The campaign in a few numbers, as (number, what it counts)."""
    done = [state for state in states if state.status == "done"]
    failed = sum(state.status == "failed" for state in states)
    seconds = sum(phase.seconds for state in done for phase in state.phases)
    return [
        (f"{len(done)} / {len(states)}", "cells done"),
        (str(failed), "cells failed"),
        (str(len(left_out(campaign))), "left out for cause"),
        (f"{sum(state.cell.fleet_size for state in done)}", "VMs booted"),
        (f"{tally.rows:,}".replace(",", "\N{NARROW NO-BREAK SPACE}"), "observations"),
        (span(seconds), "spent in cells"),
    ]


def span(seconds: float) -> str:
    """Write a time span for people: 45 s, 35 min, 2 h 05 min."""
    if seconds < 100:  # noqa: PLR2004 - above, seconds are no longer of interest
        return f"{seconds:.0f} s"
    hours, minutes = divmod(round(seconds / 60), 60)
    return f"{hours} h {minutes:02d} min" if hours else f"{minutes} min"
