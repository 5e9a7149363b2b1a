"""Parameters of the kernel and of its modules: wanted and actual.

Documentation/admin-guide/kernel-parameters.rst (Linux): words with a space between, ``"`` around
what has spaces in it, dashes and underscores the same in names.
"""

from __future__ import annotations

import re
import shlex
from collections import Counter
from typing import TYPE_CHECKING, Final

from .files import at, glob, text

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

PLAIN: Final = re.compile(r"[A-Za-z0-9_.-]+(=[A-Za-z0-9_.,:@/+=-]*)?")
"""What needs no quotes, neither in a shell's file nor for GRUB (which ends a command at ``;``)."""

LOADERS_OWN: Final = re.compile(r"(BOOT_IMAGE|initrd|vt\.handoff)=")
"""What a boot loader adds for itself."""

WRITTEN: Final = "/etc/modprobe.d/svsm-testbed.conf"
LOADED_AGAIN: Final = "/run/svsm-testbed/kvm-loaded"
"""Files of the role: what modules shall get, and when kvm got it if that was after boot."""

TRUE: Final = {"y", "yes", "on", "true", "1"}
FALSE: Final = {"n", "no", "off", "false", "0"}


def not_plain(parameters: Iterable[str]) -> list[str]:
    """Those that are not a word or a word with a value."""
    return [word for word in parameters if not PLAIN.fullmatch(word)]


def running(root: Path) -> tuple[str, ...]:
    """The running kernel's command line."""
    return tuple(shlex.split(text(root, "/proc/cmdline")))


def lacking(wanted: Iterable[str], actual: Iterable[str]) -> list[str]:
    """Those of `wanted` that `actual` has not; what is wanted twice has to be there twice."""
    return list((Counter(wanted) - Counter(actual)).elements())


def without_loaders_own(parameters: Iterable[str]) -> list[str]:
    """The parameters, less what a boot loader adds for itself."""
    return [word for word in parameters if not LOADERS_OWN.match(word)]


def heeded(root: Path) -> bool:
    """Whether modules were loaded with what the role has written down.

    What still differs then is beyond the role: Linux switches off what processor and BIOS lack.
    """
    file, again = at(root, WRITTEN), at(root, LOADED_AGAIN)
    loaded = again.stat().st_mtime if again.exists() else boot_time(root)
    return file.exists() and file.stat().st_ctime <= loaded


def boot_time(root: Path) -> int:
    """When the host booted, in seconds since 1970; 0 if it does not tell."""
    found = re.search(r"^btime (\d+)$", text(root, "/proc/stat"), re.MULTILINE)
    return int(found[1]) if found else 0


def module_differences(root: Path, modules: dict[str, dict[str, str]]) -> dict[str, list[str]]:
    """How loaded modules differ from what is wanted, by module; those not loaded do not."""
    found = {}
    for module, wanted in modules.items():
        actual = {name: _actual(root, module, name) for name in wanted}
        lines = [
            f"{module}.{name} is {actual[name]}, not {value}{_built_in(root, module, name, value)}"
            for name, value in wanted.items()
            if actual[name] is not None and not same(str(actual[name]), value)
        ]
        found.update({module: lines} if lines else {})
    return found


def unknown(root: Path, modules: dict[str, dict[str, str]]) -> list[str]:
    """Parameters that loaded modules do not have."""
    return [
        f"{module}.{name}"
        for module, wanted in modules.items()
        if _loaded(root, module)
        for name in wanted
        if _actual(root, module, name) is None
    ]


def idle(root: Path, module: str) -> bool:
    """Whether nobody uses the module, nor those that use it; one that is built in never is."""
    holders = [path.name for path in glob(root, f"/sys/module/{module}/holders/*")]
    users = holders or [module]
    return all(text(root, f"/sys/module/{user}/refcnt") == "0" for user in users)


def same(actual: str, wanted: str) -> bool:
    """Whether two values mean the same: Linux says Y and N, or 1 and 0."""
    pair = (actual.lower(), wanted.lower())
    return len(set(pair)) == 1 or all(v in TRUE for v in pair) or all(v in FALSE for v in pair)


def _built_in(root: Path, module: str, name: str, value: str) -> str:
    """What to do where /etc/modprobe.d is not heeded."""
    if at(root, f"/sys/module/{module}/refcnt").exists():
        return ""
    return f" ({module} is built in: add {module}.{name}={value} to host_setup_kernel_parameters)"


def _loaded(root: Path, module: str) -> bool:
    return at(root, f"/sys/module/{module}/parameters").is_dir()


def _actual(root: Path, module: str, name: str) -> str | None:
    """A parameter's value, None if there is none to read."""
    path = f"/sys/module/{module}/parameters/{name}"
    return text(root, path) if at(root, path).exists() else None
