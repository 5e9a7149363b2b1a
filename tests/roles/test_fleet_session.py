"""What guests send is unpacked with suspicion."""

from __future__ import annotations

import hashlib
import io
import tarfile
from typing import TYPE_CHECKING

import pytest

from plugins.module_utils.fleet.errors import FleetError
from plugins.module_utils.fleet.session import digests, unpack

if TYPE_CHECKING:
    from pathlib import Path


def archive(*members: tuple[tarfile.TarInfo, bytes]) -> bytes:
    """A tar archive, made as a guest pleases."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as file:
        for entry, content in members:
            entry.size = len(content)
            file.addfile(entry, io.BytesIO(content))
    return buffer.getvalue()


def member(name: str, kind: bytes = tarfile.REGTYPE, target: str = "") -> tarfile.TarInfo:
    """The head of a member of that kind."""
    entry = tarfile.TarInfo(name)
    entry.type, entry.linkname = kind, target
    return entry


def receive(content: bytes, folder: Path) -> None:
    """Unpack what came."""
    with tarfile.open(fileobj=io.BytesIO(content)) as file:
        unpack(file, folder)


def test_plain_files_arrive_with_their_digests(tmp_path: Path) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    sent = archive(
        (member(".", tarfile.DIRTYPE), b""),
        (member("./a.yaml"), b"a"),
        (member("deep/b.log"), b"bb"),
    )
    receive(sent, folder)
    assert digests(folder) == {
        "a.yaml": hashlib.sha256(b"a").hexdigest(),
        "deep/b.log": hashlib.sha256(b"bb").hexdigest(),
    }


@pytest.mark.parametrize(
    "bad",
    [
        member("../escaped"),
        member("sub/../../escaped"),
        member("/svsm-testbed-escaped"),
        member("link", tarfile.SYMTYPE, "/etc/passwd"),
        member("hard", tarfile.LNKTYPE, "good"),
        member("device", tarfile.CHRTYPE),
        member("fifo", tarfile.FIFOTYPE),
    ],
    ids=lambda entry: entry.name,
)
def test_what_leads_out_or_is_no_file_is_refused(tmp_path: Path, bad: tarfile.TarInfo) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    with pytest.raises(FleetError, match="no plain file of its suite") as told:
        receive(archive((member("good"), b"ok"), (bad, b"")), folder)
    assert repr(bad.name) in str(told.value)
    assert [path.name for path in tmp_path.rglob("*")] == ["out", "good"]
