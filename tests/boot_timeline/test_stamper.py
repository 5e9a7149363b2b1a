"""The stamper's view of a serial console: lines, stamps, and a firmware that ends no line."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from types import ModuleType

SOURCE = Path(__file__).parents[2] / "roles/boot_timeline/files/stamper.py"


@pytest.fixture
def stamper() -> ModuleType:
    spec = importlib.util.spec_from_file_location("stamper", SOURCE)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def stamped(
    stamper: ModuleType, folder: Path, chunks: list[tuple[float, bytes]]
) -> list[dict[str, Any]]:
    serial = stamper.Serial(folder)
    for stamp, data in chunks:
        serial.take(data, stamp)
    serial.close(99.0)
    raw = b"".join(data for _, data in chunks)
    assert (folder / "serial.log").read_bytes() == raw
    lines = (folder / "serial.jsonl").read_text(encoding="utf-8").splitlines()
    records = [json.loads(line) for line in lines]
    assert records.pop() == {"t": 99.0, "source": "serial", "eof": True}
    return records


def test_a_line_has_the_stamp_of_its_first_byte(stamper: ModuleType, tmp_path: Path) -> None:
    records = stamped(stamper, tmp_path, [(1.0, b"EFI st"), (2.0, b"ub: x\r\nnext"), (3.0, b"\n")])
    assert [(r["t"], r["text"]) for r in records] == [(1.0, "EFI stub: x"), (2.0, "next")]


@pytest.mark.parametrize("cut", range(1, 14))
def test_text_after_a_cleared_screen_is_a_record_of_its_own(
    stamper: ModuleType, tmp_path: Path, cut: int
) -> None:
    clear = b"\x1b[2J\x1b[01;01H"
    chunks = [(1.0, clear[:cut]), (1.5, clear[cut:]), (3.0, b"EFI stub: loaded\n")]
    records = stamped(stamper, tmp_path, [c for c in chunks if c[1]])
    texts = [(r["t"], r["text"]) for r in records]
    assert texts[-1] == (3.0, "EFI stub: loaded")
    assert texts[0][0] == 1.0


def test_an_unfinished_line_is_kept(stamper: ModuleType, tmp_path: Path) -> None:
    records = stamped(stamper, tmp_path, [(1.0, b"Kernel pan")])
    assert [r["text"] for r in records] == ["Kernel pan"]


def test_bytes_that_are_no_text_do_not_stop_it(stamper: ModuleType, tmp_path: Path) -> None:
    records = stamped(stamper, tmp_path, [(1.0, b"\xff\xfe\n\n")])
    assert len(records) == 1
