"""Whether a report is still up to date, told without reading a single observation."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Final

from pyrunner.files import disk_errors
from pyrunner.results.campaign import read_campaign
from pyrunner.results.load import cell_folder

if TYPE_CHECKING:
    from collections.abc import Iterator

STAMP: Final = ".report-inputs"
SUMMARY: Final = ".report-summary.json"
OUTPUTS: Final = ("results.csv", "boot_events.csv", "junit.xml", "report.html", SUMMARY)
GENERATOR: Final = Path(__file__).parent
SOURCES: Final = {".py", ".j2", ".css", ".csv"}


def inputs_digest(folder: Path) -> str:
    """Digest all that the outputs depend on: plan, states of the planned cells, generator.

    The cells' CSV files count through their digests in cell.json.

    Raises:
        TestbedError: campaign.json is missing or not of its shape.
    """
    digest = hashlib.sha256()
    for path in [*_generator(), *_inputs(folder)]:
        with disk_errors(path):
            data = path.read_bytes() if path.is_file() else b"absent"
        digest.update(hashlib.sha256(data).digest())
    return digest.hexdigest()


def up_to_date(folder: Path, digest: str) -> bool:
    """Whether the outputs are there and were made from inputs of that digest."""
    stamp = folder / STAMP
    made = stamp.is_file() and stamp.read_text(encoding="utf-8") == digest
    return made and all((folder / name).is_file() for name in OUTPUTS)


def _inputs(folder: Path) -> Iterator[Path]:
    yield folder / "campaign.json"
    for cell in read_campaign(folder).cells:
        home = cell_folder(folder, cell)
        yield from (home / "cell.json", home / "failure.json")


def _generator() -> list[Path]:
    ours = (path for path in GENERATOR.rglob("*") if path.suffix in SOURCES)
    return sorted([*ours, GENERATOR.parent / "model.py"])
