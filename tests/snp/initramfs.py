"""Add a script and kernel modules to the guest image's initramfs."""

from __future__ import annotations

import lzma
import tarfile
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

MODULES: Final = (
    "configfs",
    "tsm",
    "gf128mul",
    "ghash-generic",
    "crypto_null",
    "geniv",
    "gcm",
    "sev-guest",
)
"""What attestation reports need of Debian's kernel, in an order in which they load."""
REGULAR: Final = 0o100644
EXECUTABLE: Final = 0o100755


def _entry(name: str, content: bytes, mode: int) -> bytes:
    """Make an entry of a cpio archive (Linux, early-userspace/buffer-format.rst)."""
    path = name.encode() + b"\0"
    numbers = (0, mode, 0, 0, 1, 0, len(content), 0, 0, 0, 0, len(path), 0)
    head = b"070701" + b"".join(b"%08X" % number for number in numbers) + path
    head += b"\0" * (-len(head) % 4)
    return head + content + b"\0" * (-len(content) % 4)


def _modules(archive: Path) -> bytes:
    """Take the modules out of the kernel's archive, in the order of MODULES."""
    found = {}
    with tarfile.open(archive) as tar:
        for member in tar:
            name, _, suffix = member.name.rpartition("/")[2].partition(".")
            file = tar.extractfile(member) if name in MODULES else None
            if file is not None:
                content = file.read()
                found[name] = lzma.decompress(content) if suffix == "ko.xz" else content
    names = [name for name in MODULES if name in found]
    entries = [_entry(f"snp/{name}.ko", found[name], REGULAR) for name in names]
    order = "".join(f"{name}.ko\n" for name in names).encode()
    return b"".join([*entries, _entry("snp/order", order, REGULAR)])


def extend(initramfs: Path, modules: Path, script: str) -> bytes:
    """Replace /init by a script; Linux unpacks archives that follow each other.

    Args:
        initramfs: the guest image's.
        modules: the guest kernel's modules, a tar archive.
        script: the new /init; the modules are in /snp, their order in /snp/order.
    """
    base = initramfs.read_bytes()
    base += b"\0" * (-len(base) % 512)
    directory = _entry("snp", b"", 0o040755)
    init = _entry("init", script.encode(), EXECUTABLE)
    return base + directory + _modules(modules) + init + _entry("TRAILER!!!", b"", 0)
