"""Archives: what belongs to a cell comes in whole; nothing gets out of its folder."""

from __future__ import annotations

import io
import tarfile
from typing import TYPE_CHECKING

import pytest

from pyrunner.cells.archive import take_in
from pyrunner.errors import TestbedError, UsageError
from tests.parsers.raw_factory import pack, write_raw

if TYPE_CHECKING:
    from pathlib import Path


def _tar(path: Path, name: str, kind: bytes = tarfile.REGTYPE, link: str = "") -> Path:
    """An archive of raw/ok and one more entry."""
    with tarfile.open(path, "w") as tar:
        for entry_name, entry_kind in (("raw/ok", tarfile.REGTYPE), (name, kind)):
            entry = tarfile.TarInfo(entry_name)
            entry.type = entry_kind
            entry.linkname = link if entry_kind == kind and entry_name == name else ""
            entry.size = 2 if entry_kind == tarfile.REGTYPE else 0
            tar.addfile(entry, io.BytesIO(b"hi"))
    return path


@pytest.mark.parametrize("mode", ["w", "w:gz", "w:xz"])
@pytest.mark.parametrize("top", ["raw", "./raw"])
def test_an_archive_comes_in_whole(tmp_path: Path, mode: str, top: str) -> None:
    raw = write_raw(tmp_path / "here")
    with tarfile.open(tmp_path / "a.tar", mode) as tar:  # type: ignore[call-overload]
        tar.add(raw, arcname=top)
    taken = take_in(tmp_path / "a.tar", tmp_path / "cell")
    names = sorted(str(path.relative_to(raw)) for path in raw.rglob("*"))
    assert sorted(str(path.relative_to(taken)) for path in taken.rglob("*")) == names
    assert [path.name for path in (tmp_path / "cell").iterdir()] == ["raw"]


@pytest.mark.parametrize(
    "name",
    ["../evil", "raw/../../evil", "/etc/evil", "evil", "raw/../evil", "rawer/evil", "./../evil"],
)
def test_no_path_leads_out(tmp_path: Path, name: str) -> None:
    archive = _tar(tmp_path / "a.tar", name)
    with pytest.raises(TestbedError, match="lies outside raw/"):
        take_in(archive, tmp_path / "sub" / "cell")
    assert not list(tmp_path.rglob("*evil*"))
    assert not (tmp_path / "sub" / "cell" / "raw").exists()


@pytest.mark.parametrize(
    ("kind", "link"),
    [
        (tarfile.SYMTYPE, "/etc/passwd"),
        (tarfile.SYMTYPE, "ok"),
        (tarfile.LNKTYPE, "raw/ok"),
        (tarfile.FIFOTYPE, ""),
        (tarfile.CHRTYPE, ""),
    ],
)
def test_only_plain_files_come_in(tmp_path: Path, kind: bytes, link: str) -> None:
    archive = _tar(tmp_path / "a.tar", "raw/odd", kind, link)
    with pytest.raises(TestbedError, match="entry 'raw/odd' is no plain file"):
        take_in(archive, tmp_path / "cell")
    assert not (tmp_path / "cell" / "raw").exists()


@pytest.mark.parametrize(
    ("name", "kind", "reason"),
    [
        ("raw/ok", tarfile.REGTYPE, "File exists"),
        ("raw/ok", tarfile.DIRTYPE, "File exists"),
        ("raw/ok/below", tarfile.REGTYPE, "Not a directory|File exists"),
        ("raw", tarfile.REGTYPE, "Is a directory|File exists"),
        (f"raw/{'x' * 300}", tarfile.REGTYPE, "File name too long"),
    ],
)
def test_entries_that_cannot_all_be_there_are_refused(
    tmp_path: Path, name: str, kind: bytes, reason: str
) -> None:
    archive = _tar(tmp_path / "a.tar", name, kind)
    with pytest.raises(TestbedError, match=rf"a.tar: damaged archive: entry .*({reason})"):
        take_in(archive, tmp_path / "cell")
    assert not (tmp_path / "cell" / "raw").exists()


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.9])
def test_a_damaged_archive_is_refused(tmp_path: Path, share: float) -> None:
    archive = pack(write_raw(tmp_path / "here"), tmp_path / "a.tar.gz")
    content = archive.read_bytes()
    archive.write_bytes(content[: int(share * len(content))])
    with pytest.raises(TestbedError, match=r"a.tar.gz: damaged archive"):
        take_in(archive, tmp_path / "cell")
    assert not (tmp_path / "cell" / "raw").exists()


@pytest.mark.parametrize("suffix", ["gz", "xz", "bz2"])
@pytest.mark.parametrize("share", [0.3, 0.5, 0.9, 0.999])
def test_a_compressed_archive_with_a_wrong_byte_is_refused(
    tmp_path: Path, suffix: str, share: float
) -> None:
    archive = pack(write_raw(tmp_path / "here"), tmp_path / f"a.tar.{suffix}")
    content = bytearray(archive.read_bytes())
    content[int(share * len(content))] ^= 0xFF
    archive.write_bytes(content)
    with pytest.raises(TestbedError, match=rf"a.tar.{suffix}: "):
        take_in(archive, tmp_path / "cell")
    assert not (tmp_path / "cell" / "raw").exists()


def test_no_wrong_byte_of_a_header_is_the_fault_of_anything_but_the_archive(
    tmp_path: Path,
) -> None:
    archive = _tar(tmp_path / "a.tar", "raw/sub/more")
    content = archive.read_bytes()
    for offset in (*range(0, 512, 7), *range(1024, 1536, 7)):
        damaged = bytearray(content)
        damaged[offset] ^= 0x55
        archive.write_bytes(damaged)
        with pytest.raises(TestbedError, match=r"a\.tar: "):
            take_in(archive, tmp_path / "cell")


def test_an_archive_that_stops_between_two_entries_is_refused(tmp_path: Path) -> None:
    archive = _tar(tmp_path / "a.tar", "raw/sub/more")
    archive.write_bytes(archive.read_bytes()[:1024])
    with pytest.raises(TestbedError, match="damaged archive: it has no end"):
        take_in(archive, tmp_path / "cell")


def test_an_archive_without_raw_is_refused(tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "a.tar", "w"):
        pass
    with pytest.raises(TestbedError, match="has no folder raw"):
        take_in(tmp_path / "a.tar", tmp_path / "cell")


def test_a_missing_archive_is_wrong_use(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no such archive"):
        take_in(tmp_path / "a.tar", tmp_path / "cell")


def test_a_second_archive_replaces_the_first(tmp_path: Path) -> None:
    take_in(write_raw(tmp_path / "three", size=3), tmp_path / "cell")
    taken = take_in(write_raw(tmp_path / "one", size=1), tmp_path / "cell")
    assert sorted(path.name for path in taken.glob("vm*")) == ["vm1"]
