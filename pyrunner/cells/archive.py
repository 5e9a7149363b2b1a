"""Taking in what was collected from a host: a tar archive or a folder, never outside the cell."""

from __future__ import annotations

import errno
import lzma
import shutil
import tarfile
import zlib
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Final

from pyrunner.cells.folder import RAW
from pyrunner.errors import TestbedError, UsageError
from pyrunner.files import disk_errors

if TYPE_CHECKING:
    from collections.abc import Iterator

DAMAGED: Final = (tarfile.TarError, EOFError, ValueError, zlib.error, lzma.LZMAError)
# Entries that cannot all be there: a wrong byte in a name, or the same name twice.
CLASHES: Final = (FileExistsError, NotADirectoryError, IsADirectoryError)
HINT: Final = "the archive was cut or is not the testbed's: run the cell again"


def take_in(archive: Path, cell_folder: Path) -> Path:
    """Bring the raw files of a cell to ``<cell folder>/raw``.

    Args:
        archive: a tar archive, compressed or not, whose only top-level entry is ``raw``; or the
            folder of raw files itself, which is copied unless it lies there already.
        cell_folder: the folder of the cell.

    Returns:
        The cell's raw folder, complete: it appears in one step.

    Raises:
        UsageError: there is no such archive.
        TestbedError: it is damaged, or has entries that do not belong there; the disk is full.
    """
    raw = cell_folder / RAW
    if not archive.exists():
        raise UsageError(f"{archive}: no such archive or folder of raw files")
    if raw.exists() and archive.resolve() == raw.resolve():
        return raw
    partial = cell_folder / f".{RAW}.partial"
    with disk_errors(archive):
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(parents=True)
        try:
            _fill(archive, partial)
            shutil.rmtree(raw, ignore_errors=True)
            (partial / RAW).rename(raw)
        finally:
            shutil.rmtree(partial, ignore_errors=True)
    return raw


def _fill(archive: Path, partial: Path) -> None:
    """Copy or unpack into ``partial``, which then has a ``raw``."""
    if archive.is_dir():
        shutil.copytree(archive, partial / RAW, symlinks=True)
        return
    try:
        with tarfile.open(archive) as tar:
            for member, path in _members(archive, tar):
                _unpack_member(tar, member, partial / path)
            _read_on(tar)
    except DAMAGED as error:
        raise TestbedError(f"{archive}: damaged archive: {error}", HINT) from error
    if not (partial / RAW).is_dir():
        raise TestbedError(f"{archive}: has no folder {RAW}", HINT)


def _read_on(tar: tarfile.TarFile) -> None:
    """Read what follows the last member: zeros, and then the checksum of the compression.

    Python's reader takes a damaged header for the end; only zeros (POSIX.1-2017, pax, "ustar
    Interchange Format") are one.
    """
    if tar.fileobj is None:
        return
    tar.fileobj.seek(tar.offset)
    ending = tar.fileobj.read(tarfile.RECORDSIZE)
    if len(ending) < tarfile.BLOCKSIZE:
        raise tarfile.ReadError("it has no end")
    while ending:
        if any(ending):
            raise tarfile.ReadError(f"no entry at byte {tar.offset}, and no end")
        ending = tar.fileobj.read(tarfile.RECORDSIZE)


def _members(
    archive: Path, tar: tarfile.TarFile
) -> Iterator[tuple[tarfile.TarInfo, PurePosixPath]]:
    """Yield members with their checked paths; stricter than Python's own filters, and on 3.11 too.

    Only folders and plain files below ``raw`` are let in: no links, no devices, no way out.
    """
    for member in tar:
        path = PurePosixPath(member.name)
        if path.is_absolute() or ".." in path.parts or (path.parts and path.parts[0] != RAW):
            raise TestbedError(f"{archive}: entry {member.name!r} lies outside {RAW}/", HINT)
        if not (member.isfile() or member.isdir()):
            raise TestbedError(f"{archive}: entry {member.name!r} is no plain file", HINT)
        if path.parts:
            yield member, path


def _unpack_member(tar: tarfile.TarFile, member: tarfile.TarInfo, path: Path) -> None:
    """Write one folder or file; names that the file system refuses are the archive's damage."""
    try:
        _unpack(tar, member, path)
    except CLASHES as error:
        raise tarfile.ReadError(f"entry {member.name!r}: {error.strerror}") from error
    except OSError as error:
        if error.errno != errno.ENAMETOOLONG:
            raise
        raise tarfile.ReadError(f"entry {member.name[:40]!r}...: {error.strerror}") from error


def _unpack(tar: tarfile.TarFile, member: tarfile.TarInfo, path: Path) -> None:
    """Write one folder or file, with the modes of the user who runs this."""
    if member.isdir():
        path.mkdir(parents=True, exist_ok=True)
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    source = tar.extractfile(member)
    if source is None:
        raise tarfile.ReadError(f"{member.name} has no content")
    with source, path.open("xb") as out:
        shutil.copyfileobj(source, out)
