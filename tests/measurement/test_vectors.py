"""The vectors in src/vectors are what the independent implementation makes, and that is right."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from pyrunner.paths import REPOSITORY
from tests.measurement import vectors

if TYPE_CHECKING:
    from pathlib import Path

SCRIPT = REPOSITORY / "tests" / "measurement" / "vectors.py"


@pytest.mark.parametrize("path", vectors.files(), ids=lambda path: path.name)
def test_the_files_are_what_the_script_writes(path: Path) -> None:
    assert path.read_text(encoding="utf-8") == vectors.files()[path], f"run {SCRIPT} --write"


def test_the_script_says_whether_they_are() -> None:
    assert subprocess.run([sys.executable, SCRIPT], check=False).returncode == 0


def test_nothing_of_the_verifier_is_used() -> None:
    assert "pyrunner" not in SCRIPT.read_text(encoding="utf-8").split('"""', 2)[2]


def test_signatures_are_those_of_rfc_6979() -> None:
    # Appendix A.2.6, "With SHA-384, message = "sample"".
    r = (
        "94edbb92a5ecb8aad4736e56c691916b3f88140666ce9fa7"
        "3d64c4ea95ad133c81a648152e44acf96e36dd1e80fabe46"
    )
    s = (
        "99ef4aeb15f178cea1fe40db2603138f130e740a19624526"
        "203b6351d0a3a94fa329c145786e679e7b82c71a38628ac8"
    )
    assert vectors.sign(b"sample").hex() == r + s


def test_a_record_is_laid_out_as_the_specification_says() -> None:
    record = vectors.CASES["one range sha384"].pack()
    assert len(record) == 0x100 + 16 + 96
    assert record[:8] == b"SVSMMEAS"
    assert record[0x10:0x18] == (4).to_bytes(8, "little")
    assert record[0x60:0x90] == hashlib.sha384(vectors.memory(0x100000, 4096)).digest()
    assert record[0x90:0xA0] == bytes(16)
    assert record[0xA0:0xD0] == hashlib.sha384(vectors.public_key()).digest()
    assert record[0x100:0x110] == b"\0\0\x10\0\0\0\0\0" + b"\0\x10\0\0\0\0\0\0"


def test_requests_have_the_size_that_the_calls_take() -> None:
    assert len(vectors.measure_request(vectors.CASES["one byte"])) == 64
    assert len(vectors.key_request(1, 0x1000)) == 64
