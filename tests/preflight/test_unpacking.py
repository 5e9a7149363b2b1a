"""Recordings that are like others, and files that repeat per processor."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from plugins.module_utils.preflight.recorded import RecordedHost

if TYPE_CHECKING:
    from pathlib import Path


def write(folder: Path, **record: Any) -> Path:  # noqa: ANN401
    folder.mkdir()
    (folder / "recorded.json").write_text(json.dumps(record), encoding="utf-8")
    return folder


def test_a_recording_adds_to_the_one_it_is_like(tmp_path: Path) -> None:
    base = write(tmp_path / "base", free_mib=7, files={"/a": "1", "/b": "1"}, programs={"x": "/x"})
    (base / "plain").write_text("base\n", encoding="utf-8")
    other = write(tmp_path / "other", like="base", files={"/a": "2", "/b": None}, uid=3)
    (other / "plain").write_text("other\n", encoding="utf-8")
    host = RecordedHost(other)
    assert [host.read(path) for path in ("/a", "/b", "/plain")] == ["2", None, "other"]
    assert (host.free_mib("/"), host.user()[1], host.which("x")) == (7, 3, "/x")


def test_files_of_processors(tmp_path: Path) -> None:
    files = {"/cpu{0-1,4}/siblings": "{n},{n+8}", "/cpu{4}/core": "{n-3}"}
    host = RecordedHost(write(tmp_path / "host", files=files))
    assert host.glob("/cpu*/siblings") == ["/cpu0/siblings", "/cpu1/siblings", "/cpu4/siblings"]
    assert (host.read("/cpu4/siblings"), host.read("/cpu4/core")) == ("4,12", "1")


def test_the_folder_goes_with_the_host(tmp_path: Path) -> None:
    host = RecordedHost(write(tmp_path / "host", files={"/a": "1"}))
    folder = host.root
    assert folder.exists()
    del host
    assert not folder.exists()


@pytest.mark.parametrize("like", ["absent", "host"])
def test_a_recording_that_is_like_nothing(tmp_path: Path, like: str) -> None:
    write(tmp_path / "host", like=like)
    with pytest.raises(ValueError, match="no recorded host"):
        RecordedHost(tmp_path / "host")


def test_a_record_that_is_no_object(tmp_path: Path) -> None:
    folder = write(tmp_path / "host")
    (folder / "recorded.json").write_text("[1]", encoding="utf-8")
    with pytest.raises(ValueError, match="no recorded host"):
        RecordedHost(folder)
