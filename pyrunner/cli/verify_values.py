"""Values of the options of commands that verify."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import click

from pyrunner.attestation.tcb import COMPONENTS

BYTE_MAX: Final = 0xFF


class NamedFile(click.Path):
    """A file that the user names, from the folder where ``./testbed`` was called."""

    def __init__(self, *, exists: bool = True) -> None:
        """Take files alone; those that are to be written need not exist."""
        super().__init__(exists=exists, dir_okay=False, path_type=Path)

    def convert(
        self,
        value: Any,  # noqa: ANN401 - as click has it
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> Any:  # noqa: ANN401 - as click has it
        """Find it, or end the command with status 2."""
        folder = os.environ.get("TESTBED_CALLED_FROM", "")
        return super().convert(Path(folder) / value, param, ctx)


class Hex(click.ParamType[bytes]):
    """Bytes in hexadecimal, of a given size or any."""

    name = "hex"

    def __init__(self, size: int | None = None) -> None:
        """Keep the size in bytes; None takes any but none at all."""
        self.size = size

    def convert(
        self,
        value: Any,  # noqa: ANN401 - as click has it
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> bytes:
        """Decode it, or end the command with status 2."""
        if isinstance(value, bytes):
            return value
        try:
            found = bytes.fromhex(value)
        except ValueError:
            self.fail(f"{value!r} is not hexadecimal", param, ctx)
        if not found or self.size not in (None, len(found)):
            wanted = f"{self.size} bytes ({2 * self.size} digits)" if self.size else "some bytes"
            self.fail(f"{len(found)} bytes, where {wanted} are wanted", param, ctx)
        return found


class MinTcb(click.ParamType[dict[str, int]]):
    """Least security versions, as ``snp=8,microcode=115``."""

    name = "min-tcb"

    def convert(
        self,
        value: Any,  # noqa: ANN401 - as click has it
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> dict[str, int]:
        """Take it apart, or end the command with status 2."""
        if isinstance(value, dict):
            return value
        found: dict[str, int] = {}
        for part in value.split(","):
            name, _, text = part.partition("=")
            if name not in COMPONENTS or name in found or not text.isdecimal():
                self.fail(
                    f"{part!r}: COMPONENT=NUMBER with each of {', '.join(COMPONENTS)} at "
                    "most once is wanted",
                    param,
                    ctx,
                )
            found[name] = int(text)
            if found[name] > BYTE_MAX:
                self.fail(f"{part!r}: versions go up to {BYTE_MAX}", param, ctx)
        return found


class Moment(click.ParamType[datetime]):
    """A time in ISO 8601, UTC where it names no zone."""

    name = "time"

    def convert(
        self,
        value: Any,  # noqa: ANN401 - as click has it
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> datetime:
        """Read it, or end the command with status 2."""
        try:
            found = value if isinstance(value, datetime) else datetime.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is no time such as 2026-01-31T12:00:00Z", param, ctx)
        return found if found.tzinfo else found.replace(tzinfo=UTC)
