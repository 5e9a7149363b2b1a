"""What a rig's campaign has measured: the files of sealed cells, the rows of the report."""

from __future__ import annotations

import csv
from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.faults.rig import Rig


def sealed_bytes(rig: Rig) -> dict[str, bytes]:
    """Every file of the sealed cells."""
    files = [path for name in rig.sealed() for path in rig.cell(name).rglob("*") if path.is_file()]
    return {str(path): path.read_bytes() for path in files}


def kept(rig: Rig, before: dict[str, bytes]) -> bool:
    """Whether all that was sealed before is still there, to the byte."""
    after = sealed_bytes(rig)
    return all(after.get(name) == content for name, content in before.items())


def counted(rig: Rig) -> set[str]:
    """Repeats that results.csv has scores of; nothing is there twice."""
    with (rig.campaign / "results.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    names = ("fleet_size", "repeat", "vm", "suite", "benchmark", "metric")
    times = Counter(tuple(row[name] for name in names) for row in rows)
    assert set(times.values()) == {1}, times.most_common(3)
    return {row["repeat"] for row in rows if row["metric"] == "score"}
