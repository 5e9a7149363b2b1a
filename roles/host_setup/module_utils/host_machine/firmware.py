"""The SEV firmware that Linux loads for a processor.

drivers/crypto/ccp/sev-dev.c (Linux), sev_get_firmware(): first the file of the very model
(``amd/amd_sev_fam19h_model01h.sbin``), then that of sixteen models
(``amd/amd_sev_fam19h_model0xh.sbin``), then ``amd/sev.fw``. It is sent to the security
processor when its driver starts, before SEV is initialised, so at boot.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from .files import glob, text

if TYPE_CHECKING:
    from pathlib import Path

NAME: Final = re.compile(
    r"amd_sev_fam([0-9a-f]{2})h_model([0-9a-f][0-9a-fx])h(?![0-9a-z]).*\.sbin$"
)
"""Names as AMD gives them, with or without a version before the end."""

EXAMPLE: Final = "amd_sev_fam19h_model1xh_1.55.40.sbin"

BYTES: Final = range(16 * 1024, 1024 * 1024)
"""Sizes that such a file may have: those of AMD have some 50 to 200 KiB."""

FOLDERS: Final = ("updates/", "")
"""Where Linux looks below /lib/firmware, in this order (Documentation/driver-api/firmware)."""


@dataclass(frozen=True)
class Processor:
    """Vendor, family and model as /proc/cpuinfo tells them."""

    vendor: str
    family: int
    model: int

    @property
    def file_names(self) -> tuple[str, str]:
        """The names that Linux looks for, in this order."""
        start = f"amd_sev_fam{self.family:02x}h_model"
        return (f"{start}{self.model:02x}h.sbin", f"{start}{self.model >> 4:x}xh.sbin")


def read_processor(root: Path) -> Processor:
    """Read it from /proc/cpuinfo."""
    lines = re.findall(
        r"^(vendor_id|cpu family|model)\s*: (\S+)$", text(root, "/proc/cpuinfo"), re.MULTILINE
    )
    said = dict(lines)
    return Processor(
        said.get("vendor_id", ""), int(said.get("cpu family", 0)), int(said.get("model", 0))
    )


def target(name: str) -> str:
    """The name that Linux looks for, of a file that may have a version in its name."""
    found = NAME.match(name)
    return f"amd_sev_fam{found[1]}h_model{found[2]}h.sbin" if found else ""


def firmware_problem(root: Path, name: str, size: int) -> str:
    """Why a file is not the processor's firmware; empty if it can be.

    Args:
        root: where the host's ``/`` is.
        name: the file's name.
        size: in bytes; -1 if there is no such file.
    """
    processor = read_processor(root)
    if size < 0:
        return f"there is no file {name}: get it from https://www.amd.com/en/developer/sev.html"
    if not target(name):
        return f"{name} tells no processor: keep AMD's name, such as {EXAMPLE}"
    if size not in BYTES:
        return f"{name} has {size} bytes: that is no SEV firmware, get it again"
    if processor.vendor != "AuthenticAMD" or target(name) not in processor.file_names:
        wanted = " or ".join(processor.file_names)
        return (
            f"{name} is for another processor than this {processor.vendor or 'unknown'} family "
            f"{processor.family:x}h model {processor.model:02x}h, which wants {wanted}"
        )
    return _hidden(root, target(name), processor)


def _hidden(root: Path, name: str, processor: Processor) -> str:
    """Why Linux would not come to see the file: one of the very model goes before."""
    specific, general = processor.file_names
    if name != general or general == specific:
        return ""
    found = [p for folder in FOLDERS for p in glob(root, f"/lib/firmware/{folder}amd/{specific}*")]
    return f"Linux takes {found[0]} before {name}: remove it" if found else ""
