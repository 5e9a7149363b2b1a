"""The folder of one cell: names of its files, what they say."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from pyrunner.campaign.store import DONE, FAILED
from pyrunner.errors import TestbedError
from pyrunner.files import disk_errors, read_json
from pyrunner.results.files import sha256

if TYPE_CHECKING:
    from pathlib import Path

    from pyrunner.campaign import Campaign
    from pyrunner.model import Cell

BEGUN: Final = "begun.json"
RAW: Final = "raw"
FAILURES: Final = "failures"
OBSERVATIONS: Final = "observations.csv"
BOOT_EVENTS: Final = "boot_events.csv"


@dataclass(frozen=True)
class CellFolder:
    """A planned cell and where it lives."""

    campaign: Campaign
    cell: Cell

    @classmethod
    def of(cls, campaign: Campaign, host: str, cell_id: str) -> CellFolder:
        """Find a cell of the plan.

        Raises:
            UsageError: the plan has no such cell.
        """
        return cls(campaign, campaign.cell(host, cell_id))

    @property
    def path(self) -> Path:
        """The folder itself; it need not exist yet."""
        return self.campaign.cell_folder(self.cell.host, self.cell.id)

    @property
    def label(self) -> str:
        """What messages call the cell."""
        return f"cell {self.cell.host}/{self.cell.id}"

    @property
    def identity(self) -> dict[str, Any]:
        """What results of this cell belong to; must be the same from begin to seal."""
        data = self.campaign.data
        return {
            "cell": self.cell.as_dict(),
            "campaign": self.campaign.name,
            "artifact_set": data["hosts"][self.cell.host]["artifact_set"],
            "profile": data["profile"],
            "suites": list(data["suites"]),
        }

    @property
    def sealed(self) -> bool:
        """Whether the cell is done."""
        return (self.path / DONE).exists()

    @property
    def failed(self) -> bool:
        """Whether the newest attempt failed."""
        return (self.path / FAILED).exists()

    def check_sealed(self) -> dict[str, Any]:
        """Read cell.json and see that the files that it lists are those that were sealed.

        Raises:
            TestbedError: one of them is gone or was altered.
        """
        done = read_json(self.path / DONE)
        for name, digest in done.get("files", {}).items():
            path = self.path / name
            if sha256(path) != digest:
                raise TestbedError(
                    f"{path}: altered since {self.label} was sealed",
                    f"restore it, or remove {self.path} to measure the cell again",
                )
        return done

    def earlier_failures(self) -> list[int]:
        """Numbers of the attempts that were put aside, ascending."""
        folder = self.path / FAILURES
        if not folder.is_dir():
            return []
        with disk_errors(folder):
            return sorted(int(entry.name) for entry in folder.iterdir() if entry.name.isdigit())


def now() -> str:
    """The time as campaigns write it: UTC, seconds, ``2026-01-02T03:04:05Z``."""
    return datetime.now(tz=UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
