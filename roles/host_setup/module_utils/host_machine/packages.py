"""Which kernel a package brings.

``linux-image-amd64`` and ``linux-image-generic-hwe-24.04`` are empty: they depend on the package of
the current release, which has the kernel (/boot/vmlinuz-<release>).
"""

from __future__ import annotations

import re
import subprocess
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

KERNEL: Final = re.compile(r"^/boot/vmlinuz-(\S+)$", re.MULTILINE)
IMAGES: Final = re.compile(r"\blinux-(?:signed-)?image-[a-z0-9.+-]+")
DEPTH: Final = 3
"""linux-generic-hwe-24.04, linux-image-generic-hwe-24.04, linux-image-<release>."""


def kernel_release(package: str, query: Callable[..., str] | None = None) -> str:
    """The release of the kernel that an installed package brings; empty if it brings none.

    Args:
        package: its name.
        query: asks dpkg-query, for tests.
    """
    ask = query or dpkg_query
    names = [package]
    for _ in range(DEPTH):
        files = "\n".join(ask("--listfiles", name) for name in names)
        if found := KERNEL.search(files):
            return found[1]
        depends = "\n".join(ask("--show", "--showformat=${Depends}\\n", name) for name in names)
        names = sorted(set(IMAGES.findall(depends)))
    return ""


def dpkg_query(*arguments: str) -> str:
    """What dpkg-query answers; nothing for a package that is not installed."""
    words = ["dpkg-query", *arguments]
    return subprocess.run(words, capture_output=True, text=True, check=False).stdout
