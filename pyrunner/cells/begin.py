"""Beginning a cell: is it done? If not, put aside what an earlier attempt left."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from pyrunner.cells.folder import BEGUN, FAILURES, CellFolder, now
from pyrunner.files import disk_errors, write_json
from pyrunner.model import SCHEMA

if TYPE_CHECKING:
    from pathlib import Path

    from pyrunner.campaign import Campaign

NONCE_BYTES: Final = 64


@dataclass(frozen=True)
class Begun:
    """What beginning came to.

    Attributes:
        done: the cell was sealed before; there is nothing to do.
        attempt: 1 for the first attempt.
        folder: the cell's folder.
        nonce: fresh for this attempt, hexadecimal: what its VMs' reports have to answer.
    """

    done: bool
    attempt: int
    folder: Path
    nonce: str = ""


def begin(campaign: Campaign, host: str, cell_id: str) -> Begun:
    """Get a cell ready to run, unless it is done.

    Whatever an attempt that failed or was killed left goes to ``failures/<n>/``, nothing is
    deleted. ``begun.json`` then says when this attempt started and what it belongs to.

    Raises:
        UsageError: the plan has no such cell.
        TestbedError: the cell is sealed but damaged, or the disk is full.
    """
    folder = CellFolder.of(campaign, host, cell_id)
    attempts = folder.earlier_failures()
    if folder.sealed:
        folder.check_sealed()
        return Begun(done=True, attempt=len(attempts) + 1, folder=folder.path)
    with disk_errors(folder.path):
        folder.path.mkdir(parents=True, exist_ok=True)
        attempts = _put_aside(folder.path, attempts)
    attempt = len(attempts) + 1
    nonce = write_begun(folder, attempt)
    return Begun(done=False, attempt=attempt, folder=folder.path, nonce=nonce)


def write_begun(folder: CellFolder, attempt: int) -> str:
    """Write begun.json: when this attempt started and what its results will belong to.

    Returns:
        The attempt's nonce.
    """
    nonce = secrets.token_hex(NONCE_BYTES)
    told = {"started_at": now(), "attempt": attempt, "nonce": nonce}
    write_json(folder.path / BEGUN, {"schema": SCHEMA, **folder.identity, **told})
    return nonce


def _put_aside(path: Path, attempts: list[int]) -> list[int]:
    """Move leftovers to ``failures/<n>/``; give the numbers of all attempts put aside.

    ``begun.json`` goes last: killed in between, the next call finds it still there and goes on
    with the same number.
    """
    leftovers = [entry for entry in path.iterdir() if entry.name != FAILURES]
    if not leftovers:
        return attempts
    number = _unfinished(path, attempts, leftovers) or max(attempts, default=0) + 1
    aside = path / FAILURES / str(number)
    aside.mkdir(parents=True, exist_ok=True)
    for entry in sorted(leftovers, key=lambda entry: entry.name == BEGUN):
        entry.rename(aside / entry.name)
    return sorted({*attempts, number})


def _unfinished(path: Path, attempts: list[int], leftovers: list[Path]) -> int | None:
    """Find the number of a move that a kill cut short; None if the last one was whole.

    Then begun.json is missing there and still among the leftovers, and nothing is there twice.
    """
    if not attempts:
        return None
    moved = {entry.name for entry in (path / FAILURES / str(attempts[-1])).iterdir()}
    names = {entry.name for entry in leftovers}
    cut_short = BEGUN not in moved and BEGUN in names and not moved & names
    return attempts[-1] if cut_short else None
