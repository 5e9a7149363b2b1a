"""The guest's tool, linked against a device and a system that are files."""

from __future__ import annotations

import os
import shutil
import struct
import subprocess
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import pytest

from pyrunner.paths import REPOSITORY
from tests.builders import snp_chains, snp_reports
from tests.measurement import vectors

if TYPE_CHECKING:
    from pathlib import Path

SOURCES: Final = REPOSITORY / "src" / "tool"
FAKE: Final = REPOSITORY / "tests" / "measurement" / "fake"
NONCE: Final = vectors.NONCE
LAUNCH_DIGEST: Final = b"\x4d" * 48
PHYS, KERNEL, PROCESS = 1, 2, 3
"""Kinds of ranges in src/module/svsm_measure.h."""
RESUMABLE: Final = 1
NOT_CALLED: Final = 0xFFFFFFFFFFFFFFFF
FLAVOURS: Final = {
    "plain": "-O2 -g",
    "sanitized": "-O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all",
}


def build(folder: Path, flavour: str) -> Path:
    """Build the tool with the fake device; skip where that cannot be."""
    for tool in ("gcc", "make"):
        if shutil.which(tool) is None:
            pytest.skip(f"{tool} is missing: install gcc and make")
    probe = "#include <openssl/evp.h>\n#include <lzma.h>\nint main(void) { return 0; }"
    words = ["gcc", "-x", "c", "-", "-o", str(folder / "probe"), "-lcrypto", "-llzma"]
    if subprocess.run(words, input=probe, text=True, capture_output=True, check=False).returncode:
        pytest.skip("headers are missing: install libssl-dev and liblzma-dev")
    program = folder / f"svsm-measure-{flavour}"
    settings = [f"FAKE={FAKE}", f"OUT={program}", f"CFLAGS={FLAVOURS[flavour]}", "CC=gcc"]
    subprocess.run(["make", "--silent", "-C", str(SOURCES), *settings], check=True)
    return program


def offers(*, features: int = 0, algorithms: int = 0b110, abi: int = 1) -> bytes:
    """``struct svsm_measure_query`` as the module fills it in."""
    limits = (1024, 256 * 1024, 4096, 0)
    return struct.pack("<IIQQIIIIQQIIII32x", 0, 0, 0, 0, abi, features, 0x80004D53, 2, 1,
                       algorithms, *limits)  # fmt: skip


def chain() -> dict[str, bytes]:
    """Certificates of the emulated chip."""
    ask, ark = snp_chains.intermediate(), snp_chains.root()
    return {"VCEK": snp_chains.vcek(), "ASK": ask, "ARK": ark}


def key_evidence(table: bytes, nonce: bytes = NONCE) -> bytes:
    """Key evidence of the vectors' key, with a report that verifies."""
    key, for_key = vectors.public_key(), vectors.nonce_for("key", nonce)
    report = snp_reports.signed_report(report_data=vectors.report_data(key, for_key))
    return vectors.key_evidence(key, for_key, report, table)


def acpi_table(entries: bytes, *, signature: bytes = b"SVME", revision: int = 1) -> bytes:
    """An ACPI table: header of 36 bytes with a right checksum, then the entries."""
    head = struct.pack("<4sIBB26x", signature, 36 + len(entries), revision, 0)
    table = bytearray(head + entries)
    table[9] = -sum(table) & 0xFF
    return bytes(table)


@dataclass
class Guest:
    """A guest in a folder: its files, its device, and the tool to run in it.

    Attributes:
        counter: of the record that was prepared last.
    """

    folder: Path
    program: Path
    counter: int = 3
    output: Path = field(init=False)

    def __post_init__(self) -> None:
        """A guest with an SVSM, its module loaded."""
        self.output = self.folder / "evidence"
        for part in ("device", "root"):
            (self.folder / part).mkdir()
        self.file("/sys/devices/system/cpu/sev/vmpl", b"2\n")
        self.device("offers", offers())
        self.device("key", key_evidence(vectors.certificate_table(chain())))

    def file(self, path: str, content: bytes) -> None:
        """Put a file of the system in place."""
        target = self.folder / "root" / path.lstrip("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)

    def device(self, name: str, content: bytes | str) -> None:
        """Say what the device does; see fake/device.c."""
        raw = content.encode() if isinstance(content, str) else content
        (self.folder / "device" / name).write_bytes(raw)

    def record(self, purpose: str, ranges: list[vectors.Range], algorithm: int = 1) -> bytes:
        """Prepare the record for a purpose; each has a greater counter."""
        self.counter += 1
        # Nobody here has that memory, so any content will do.
        made = vectors.Record(
            purpose=purpose,
            ranges=ranges,
            algorithm=algorithm,
            counter=self.counter,
            content=purpose.encode(),
        )
        nonce = vectors.nonce_for(purpose)
        self.device(f"record-{nonce[:8].hex()}", made.pack())
        return made.pack()

    def run(self, *words: str | Path) -> subprocess.CompletedProcess[str]:
        """Run the tool."""
        places = {"FAKE_ROOT": f"{self.folder}/root", "FAKE_DEVICE": f"{self.folder}/device"}
        command = [str(self.program), *map(str, words)]
        # As root's shell has it: a file that is too large is an error, not the end.
        return subprocess.run(
            command, env=os.environ | places, capture_output=True, text=True, check=False,
            restore_signals=False,
        )  # fmt: skip

    def measure(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Measure things with the usual nonce."""
        return self.run(*words, "--nonce", NONCE.hex(), "-o", self.output)

    def refuses(self, status: int, says: str, *words: str | Path) -> None:
        """See that the tool ends so and says so in one line, and that no file is left."""
        ended = self.run(*words)
        assert (ended.returncode, ended.stdout) == (status, "")
        assert says in ended.stderr
        assert ended.stderr.splitlines()[-1].startswith("svsm-measure: ")
        assert list(self.output.parent.glob("evidence*")) == []

    def fails(self, says: str, *words: str) -> None:
        """The same for a measurement that fails."""
        self.refuses(1, says, *words, "--nonce", NONCE.hex(), "-o", self.output)

    @property
    def log(self) -> list[str]:
        """Calls that the device had."""
        path = self.folder / "device" / "log"
        return path.read_text().splitlines() if path.exists() else []
