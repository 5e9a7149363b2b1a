"""The thesis's published figures, shown beside our own; see reference/README.md."""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

PATH: Final = Path(__file__).parent / "reference" / "thesis.csv"


class Published(NamedTuple):
    """What a published figure speaks of."""

    first: str
    second: str
    suite: str
    benchmark: str
    fleet_size: int


@cache
def published() -> dict[Published, float]:
    """Read the figures in percent; positive means that the first variant is better."""
    with PATH.open(encoding="utf-8", newline="") as handle:
        return {
            Published(
                row["first"], row["second"], row["suite"], row["benchmark"], int(row["fleet_size"])
            ): float(row["percent"])
            for row in csv.DictReader(handle)
        }
