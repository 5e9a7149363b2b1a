"""Build the test SVSM from its sources in svsm/."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Final

import pytest

from tests.snp import igvm

SOURCES: Final = Path(__file__).parent / "svsm"
FREESTANDING: Final = ["-ffreestanding", "-fpie", "-fno-stack-protector", "-fcf-protection=none"]
MACHINE: Final = ["-mno-red-zone", "-mgeneral-regs-only"]
CC: Final = ["gcc", "-O1", "-Wall", "-Werror", *FREESTANDING, *MACHINE]


def build(folder: Path, *sources: str, attack: int = 0, firmware: bytes = b"") -> Path:
    """Build the test SVSM from its sources; the path of the IGVM file."""
    for tool in ("gcc", "ld", "objcopy"):
        if shutil.which(tool) is None:
            pytest.skip(f"{tool} is missing: install gcc and binutils")
    objects = []
    for source in ("start.S", "platform.c", *sources):
        objects.append(str(folder / f"{source}.o"))
        define = f"-DATTACK={attack}"
        subprocess.run([*CC, define, "-c", SOURCES / source, "-o", objects[-1]], check=True)
    elf, raw, image = (folder / f"svsm.{kind}" for kind in ("elf", "bin", "igvm"))
    subprocess.run(["ld", "-T", SOURCES / "svsm.ld", "-o", elf, *objects], check=True)
    contents = ["--set-section-flags", ".bss=alloc,load,contents"]
    subprocess.run(["objcopy", "-O", "binary", *contents, elf, raw], check=True)
    image.write_bytes(igvm.pack(raw.read_bytes(), firmware))
    return image
