"""Every series under patches/ is one that somebody can read, apply and answer for."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import pytest

from pyrunner.paths import REPOSITORY

if TYPE_CHECKING:
    from pathlib import Path

SERIES: Final = sorted(path for path in (REPOSITORY / "patches").iterdir() if path.is_dir())
PATCHES: Final = [path for folder in SERIES for path in sorted(folder.glob("*.patch"))]
MAINTAINERS: Final = "svsm-testbed maintainers <maintainers@svsm-testbed.example>"
HUNK: Final = re.compile(r"@@ -\d+(?:,(\d+))? \+\d+(?:,(\d+))? @@")

every_series = pytest.mark.parametrize("folder", SERIES, ids=lambda path: path.name)
every_patch = pytest.mark.parametrize(
    "path", PATCHES, ids=lambda path: f"{path.parent.name}/{path.stem}"
)


def lines_of(path: Path) -> list[str]:
    """Lines as ``patch`` sees them: a carriage return belongs to the line, edk2 has them."""
    return path.read_bytes().decode().split("\n")


def hunk_is_whole(lines: list[str], start: int) -> bool:
    """See that as many lines follow the head at `start` as it says, and no more."""
    match = HUNK.match(lines[start])
    if match is None:
        return False
    old, new = (int(size or 1) for size in match.groups())
    at = start + 1
    while old > 0 or new > 0:
        if lines[at][:1] not in {" ", "-", "+"}:
            return False
        old -= lines[at][0] in " -"
        new -= lines[at][0] in " +"
        at += 1
    followed = lines[at][:1] in {" ", "+"} or (lines[at][:1] == "-" and lines[at] != "-- ")
    return (old, new) == (0, 0) and not followed


def test_there_are_series() -> None:
    assert SERIES


@every_series
def test_a_series_is_numbered_without_a_gap(folder: Path) -> None:
    names = sorted(path.name for path in folder.iterdir())
    numbers = [int(name.split("-")[0]) for name in names if name.endswith(".patch")]
    assert numbers == list(range(1, len(names) + 1))


@every_patch
def test_a_patch_says_what_why_and_who(path: Path) -> None:
    head, _, _ = path.read_text("utf-8").partition("\n---\n")
    fields, _, body = head.partition("\n\n")
    subject = " ".join(fields.partition("\nSubject: ")[2].split())
    total = len(list(path.parent.glob("*.patch")))
    place = rf"\[PATCH 0*{int(path.name[:4])}/{total}\] [\w/.,+-]+: \S"
    assert re.match(place, subject)
    assert f"\nFrom: {MAINTAINERS}\n" in fields
    reason, _, trailers = body.strip().rpartition("\n\n")
    assert len(reason.splitlines()) > 1
    assert trailers.splitlines()[-1] == f"Signed-off-by: {MAINTAINERS}"


@every_patch
def test_every_hunk_is_as_long_as_it_says(path: Path) -> None:
    lines = lines_of(path)
    starts = [number for number, line in enumerate(lines) if line.startswith("@@ ")]
    assert starts
    assert [lines[start] for start in starts if not hunk_is_whole(lines, start)] == []


@every_patch
def test_only_lines_of_the_patch_itself_may_end_in_a_carriage_return(path: Path) -> None:
    """``patch`` would otherwise take the whole file for mangled and strip them all."""
    heads = ("diff ", "index ", "--- ", "+++ ", "@@ ", "From ", "Subject:", "new file ")
    assert [line for line in lines_of(path) if line.startswith(heads) and line[-1] == "\r"] == []
