"""The phases that a cell went through, as Ansible reports them."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any, Final

from pyrunner.errors import UsageError

PHASE: Final = re.compile(r"[a-z][a-z0-9_]*")
STATUS: Final = ("passed", "failed")

Phase = dict[str, Any]
"""``{"name", "status", "seconds", "message", "hint"}``, as in cell.json."""


def check_phases(data: object) -> list[Phase]:
    """Check the phases JSON that ``seal`` and ``fail`` take.

    Args:
        data: a list, in the order in which they ran, of::

            {"name": "launch|boot|benchmark_<suite>|collect|...", "status": "passed|failed",
             "seconds": 1.23, "message": "", "hint": ""}     # message and hint may be left out

            or an object with such a list as ``phases``, or one with ``marks``: a list of
            ``[name, time in s]`` for the beginning of each phase and one more for the end.

    Raises:
        UsageError: it is something else, or names a phase twice.
    """
    if isinstance(data, dict):
        data = _from_marks(data["marks"]) if "marks" in data else data.get("phases")
    phases = data
    if not isinstance(phases, list):
        raise UsageError(f"phases: a list is wanted, not {phases!r}")
    checked = [_phase(phase) for phase in phases]
    names = [phase["name"] for phase in checked]
    if len(set(names)) != len(names):
        raise UsageError(f"phases: one is named twice: {', '.join(names)}")
    return checked


def _from_marks(marks: object) -> list[dict[str, Any]]:
    """Turn the times at which phases began into phases; the last mark only ends the one before."""
    try:
        times = [(str(name), float(time)) for name, time in marks]  # type: ignore[attr-defined]
    except (TypeError, ValueError) as error:
        raise UsageError(f"phases: marks are pairs of name and time, not {marks!r}") from error
    return [
        {"name": name, "status": "passed", "seconds": end - begin}
        for (name, begin), (_, end) in pairwise(times)
    ]


def phase(name: str, status: str, seconds: float, message: str = "", hint: str = "") -> Phase:
    """Compose one phase; ``seconds`` is its duration in s."""
    return {
        "name": name,
        "status": status,
        "seconds": round(seconds, 6),
        "message": message,
        "hint": hint,
    }


def _phase(data: object) -> Phase:
    """Check one phase."""
    if not isinstance(data, dict) or not PHASE.fullmatch(str(data.get("name"))):
        raise UsageError(f"phases: an object with a name is wanted, not {data!r}")
    if data.get("status") not in STATUS:
        raise UsageError(f"phase {data['name']}: status {data.get('status')!r} is not in {STATUS}")
    try:
        seconds = float(data.get("seconds", ""))
    except (TypeError, ValueError) as error:
        raise UsageError(f"phase {data['name']}: seconds {data.get('seconds')!r}") from error
    if not 0 <= seconds < float("inf"):
        raise UsageError(f"phase {data['name']}: {seconds} s cannot be")
    text = {key: str(data.get(key) or "") for key in ("message", "hint")}
    return phase(data["name"], data["status"], seconds, **text)
