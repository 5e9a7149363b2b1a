"""The testbed's words as types: variants, backends, cells."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from typing import Any, Final, Literal, get_args

from pyrunner.errors import UsageError

SCHEMA: Final = 1
"""Version of campaign.json, cell.json and failure.json."""

Variant = Literal["plain", "cvm", "svsm"]
Backend = Literal["snp", "kvm", "emulated"]

VARIANTS: Final[tuple[Variant, ...]] = get_args(Variant)
BACKENDS: Final[tuple[Backend, ...]] = get_args(Backend)

CELL_ID: Final = re.compile(
    r"^(?P<variant>plain|cvm|svsm)-(?P<size>[1-9]\d*)vm-r(?P<repeat>[1-9]\d*)$"
)
NAME: Final = re.compile(r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")
"""What a campaign or host may be called: it becomes a folder's name."""


@dataclass(frozen=True, order=True)
class Cell:
    """Host x variant x fleet size x repeat: the unit that runs, fails and is resumed.

    Attributes:
        host: inventory name of the testbed host.
        variant: how the VMs are protected.
        fleet_size: number of VMs that run at the same time, at least 1.
        repeat: 1 for the first repeat.
        backend: what makes the variant run on that host.
    """

    host: str
    variant: Variant
    fleet_size: int
    repeat: int
    backend: Backend

    @property
    def id(self) -> str:
        """Name of the cell's folder below its host's, for example ``plain-8vm-r2``."""
        return f"{self.variant}-{self.fleet_size}vm-r{self.repeat}"

    @property
    def emulated(self) -> bool:
        """Whether its numbers are functional only, never performance."""
        return self.backend == "emulated"

    def as_dict(self) -> dict[str, Any]:
        """The cell for JSON, its id included."""
        return {"id": self.id, **asdict(self)}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Cell:
        """Read what :meth:`as_dict` wrote.

        Raises:
            UsageError: a key is missing or a value is not one of the known words.
        """
        try:
            cell = cls(
                host=str(data["host"]),
                variant=data["variant"],
                fleet_size=int(data["fleet_size"]),
                repeat=int(data["repeat"]),
                backend=data["backend"],
            )
        except (KeyError, TypeError, ValueError) as error:
            raise UsageError(f"not a cell: {data!r} lacks or garbles {error}") from error
        if cell.variant not in VARIANTS or cell.backend not in BACKENDS:
            raise UsageError(f"not a cell: unknown variant or backend in {data!r}")
        return cell
