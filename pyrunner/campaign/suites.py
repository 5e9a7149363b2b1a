"""Which benchmark suites a campaign runs, and why it does not run the others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pyrunner.campaign.host import out_of_run
from pyrunner.campaign.request import SUITES
from pyrunner.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyrunner.campaign.request import Request

Note = dict[str, Any]


def choose_suites(
    request: Request, kept: Sequence[str] | None
) -> tuple[list[str], dict[str, Note]]:
    """Choose the suites that every host of the request can run.

    A suite that was asked for and cannot run is left out with a note, as anything that cannot run
    is skipped for cause. ``auto`` takes the first of :data:`SUITES`; in a campaign that exists, the
    one that it has (``kept``) as long as it can still run.

    Returns:
        The suites in their usual order; notes ``{suite: {"available", "reason", "hint"}}`` on
        suites that were wanted, or preferred by ``auto``, and cannot run.

    Raises:
        UsageError: suites were asked for and none of them can run.
    """
    missing = {suite: note for suite in SUITES if (note := _obstacle(request, suite)) is not None}
    if request.suites is None:
        chosen = _automatic(missing, kept)
        wanted: Sequence[str] = SUITES[: SUITES.index(chosen[0])] if chosen else SUITES
    else:
        wanted = request.suites
        chosen = [suite for suite in SUITES if suite in wanted and suite not in missing]
    notes = {suite: missing[suite] for suite in wanted if suite in missing}
    if wanted and not chosen and notes:
        raise _nothing_left(request.campaign, notes)
    return chosen, notes


def _automatic(missing: dict[str, Note], kept: Sequence[str] | None) -> list[str]:
    """Take the suites of the existing campaign, else the first that can run."""
    if kept is not None and not set(kept) & set(missing):
        return list(kept)
    return [suite for suite in SUITES if suite not in missing][:1]


def _obstacle(request: Request, suite: str) -> Note | None:
    """Say why not every host can run ``suite``; None if all can."""
    for host, entry in request.hosts.items():
        able = any(variant["runnable"] for variant in entry["variants"].values())
        if not able or out_of_run(entry) is not None:
            continue
        seen = entry["suites"].get(suite, {})
        if seen.get("available") is not True:
            reason = seen.get("reason") or "the host does not say that it has this suite"
            return {"available": False, "reason": f"{host}: {reason}", "hint": _text(seen, "hint")}
    return None


def _text(data: dict[str, Any], key: str) -> str:
    """Take a text that may be missing."""
    return str(data.get(key) or "")


def _nothing_left(campaign: str, notes: dict[str, Note]) -> UsageError:
    """Say that no suite can run, and why."""
    reasons = "; ".join(f"{suite}: {note['reason']}" for suite, note in notes.items())
    hints = "; ".join(note["hint"] for note in notes.values() if note["hint"])
    return UsageError(f"campaign {campaign}: no benchmark suite can run: {reasons}", hints)
