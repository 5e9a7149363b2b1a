"""Campaigns whose VMs' memory was measured: synthetic ones, with made-up measurements added."""

from __future__ import annotations

import json
import math
import random
from typing import TYPE_CHECKING, Any, Final

from pyrunner.model import Cell
from pyrunner.results.files import sha256
from pyrunner.results.observations import (
    FLEET,
    Metric,
    Observation,
    read_observations,
    write_observations,
)
from tests.builders.synthetic import STARTED

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SIZES: Final = {"4KiB": 4096, "64KiB": 65536, "1MiB": 1 << 20, "16MiB": 1 << 24}
NO_SVSM: Final = "svsm-measure: no SVSM: this is no guest with SEV-SNP"
SAME: Final = "the same both times"
THINGS: Final = (
    *(("evidence", 0), ("kernel-text", 18_874_368), ("kernel-rodata", 6_291_456)),
    *(("module:svsm_measure", 12_345), ("process", 69_012)),
    *(("firmware:kernel", 12_582_912), ("firmware:initrd", 3_143_680), ("firmware:cmdline", 83)),
)


def add_measurements(home: Path, *, firmware: bool = True) -> Path:
    """Add measurement.json, and rows of suite measurement, to every sealed cell of a campaign."""
    for path in sorted(home.glob("cells/*/*/cell.json")):
        sealed = json.loads(path.read_text())
        cell = Cell.from_dict(sealed["cell"])
        vms = [vm(cell, number, firmware=firmware) for number in range(1, cell.fleet_size + 1)]
        told = {"schema": 1, "vms": vms, "left_out": ["256MiB"]}
        path.with_name("measurement.json").write_text(json.dumps(told))
        table = path.with_name("observations.csv")
        rows = [*read_observations(table), *observations(sealed["campaign"], cell)]
        write_observations(table, rows)
        for name in ("measurement.json", "observations.csv"):
            sealed["files"][name] = sha256(path.with_name(name))
        path.write_text(json.dumps(sealed))
    return home


def vm(cell: Cell, number: int, *, firmware: bool = True) -> dict[str, Any]:
    """What measurement.json says of one VM."""
    if cell.variant != "svsm":
        things = [thing("no SVSM", said=NO_SVSM)]
    else:
        found = [each for each in THINGS if firmware or not each[0].startswith("firmware")]
        things = [thing(name, size, f"{cell.id}{number}") for name, size in found]
        if not firmware:
            things.append(thing("firmware", status="skipped", said="it measured nothing"))
    return {"status": "verified", "vm": f"vm{number}", "things": things, "root": "", "key": ""}


def thing(
    name: str, size: int = 0, boot: str = "", status: str = "verified", said: str = SAME
) -> dict[str, Any]:
    """What it says of one thing; what the kernel relocates has another digest in every boot."""
    own = boot if name.startswith(("kernel", "process")) else ""
    digest = random.Random(f"{name}{own}").randbytes(48).hex() if size else ""  # noqa: S311
    return {
        "name": name,
        "status": status,
        "said": said,
        "digest": digest,
        "algorithm": "sha384" if size else "",
        "size": size,
        "ranges": 1 if size else 0,
    }


def observations(campaign: str, cell: Cell) -> Iterator[Observation]:
    """Rows of suite measurement, for cells with an SVSM."""
    if cell.variant != "svsm":
        return
    for name, size in SIZES.items():
        scores = []
        for number in range(1, cell.fleet_size + 1):
            noise = random.Random(f"{cell}{name}{number}").gauss(0, 0.03)  # noqa: S311
            speed = 4.2e8 * size / (size + 150_000) * math.exp(noise) / cell.fleet_size**0.2
            guest = 5.6e8 * size / (size + 4_000) / cell.fleet_size**0.2
            values: tuple[tuple[str, Metric, str, float], ...] = (
                ("", "pass", "B/s", speed),
                ("", "score", "B/s", speed),
                (":sha512", "pass", "B/s", guest),
                (":sha512", "score", "B/s", guest),
                (":time", "duration", "s", size / speed),
                (":calls", "calls", "calls", 1 + size // 262_145),
                (":ratio", "ratio", "1", guest / speed),
            )
            for kind, metric, unit, value in values:
                yield row(campaign, cell, f"vm{number}", (f"{name}{kind}", metric, unit), value)
            scores.append(speed)
        yield row(campaign, cell, FLEET, (name, "aggregate", "B/s"), sum(scores))


def row(
    campaign: str, cell: Cell, vm: str, what: tuple[str, Metric, str], value: float
) -> Observation:
    """One row."""
    benchmark, metric, unit = what
    return Observation(
        *(campaign, cell.host, cell.backend, cell.variant, cell.fleet_size, vm, cell.repeat),
        *("measurement", benchmark, metric, unit, float(value)),
        *(unit == "B/s", "0123456789ab", STARTED),
    )
