"""The bpftrace program of a fleet, put together of parts (role boot_timeline, files/trace)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from .errors import FleetError

TRACEFS = (Path("/sys/kernel/tracing"), Path("/sys/kernel/debug/tracing"))
PARTS = {
    "kvm": ("processes", "kvm_boot", "kvm_launch", "kvm_exits"),
    "tcg": ("processes", "tcg_boot", "tcg_launch", "tcg_exits", "tcg_vmgexits"),
}
"""What is traced with each accelerator."""
OPTIONAL = ("kvm_launch",)
"""Parts without which the rest still tells a boot."""
PROBE = re.compile(r"^(tracepoint|uprobe|uretprobe):(\S+):(\S+)(?: /.*)?$", re.MULTILINE)


@dataclass(frozen=True)
class Program:
    """A program that can run on this host.

    Attributes:
        text: the program.
        parts: names of its parts.
        left_out: parts that the host has no probes for, and why.
    """

    text: str
    parts: tuple[str, ...]
    left_out: dict[str, str]


def program(folder: Path, accelerator: str, binary: str, functions: set[str]) -> Program:
    """Put a fleet's program together.

    Args:
        folder: where the parts are.
        accelerator: ``kvm`` or ``tcg``.
        binary: QEMU, by its path.
        functions: names of functions that QEMU has symbols for; needed for ``tcg`` alone.

    Raises:
        FleetError: the host lacks probes that a boot cannot be told without.
    """
    parts = {
        name: (folder / f"{name}.bt").read_text(encoding="utf-8") for name in PARTS[accelerator]
    }
    left_out = {}
    for name, text in parts.items():
        missing = missing_probes(text, functions)
        if missing and name not in OPTIONAL:
            raise FleetError(f"there is no {', no '.join(missing)} to attach to", hint(missing))
        if missing:
            left_out[name] = f"no {', no '.join(missing)}"
    kept = {name: text for name, text in parts.items() if name not in left_out}
    return Program("\n".join(kept.values()).replace(":QEMU:", f":{binary}:"), (*kept,), left_out)


def missing_probes(text: str, functions: set[str]) -> list[str]:
    """Name what a part attaches to and this host does not have."""
    events = events_folder()
    missing = []
    for kind, where, name in PROBE.findall(text):
        if kind == "tracepoint":
            there = events is not None and (events / where / name).is_dir()
        else:
            there = name in functions
        if not there:
            missing.append(f"{kind} {where}:{name}")
    return list(dict.fromkeys(missing))


def events_folder() -> Path | None:
    """Where tracefs shows the kernel's tracepoints; None where it is not mounted."""
    return next((root / "events" for root in TRACEFS if (root / "events").is_dir()), None)


def hint(missing: list[str]) -> str:
    """Say how to have what is missing."""
    if any("probe QEMU" in probe for probe in missing):
        return "QEMU needs its symbols, and this project's patches: let role build_qemu build it"
    if any(" kvm:" in probe for probe in missing):
        return "load kvm_amd (or kvm_intel): `modprobe kvm_amd`"
    return "the kernel needs CONFIG_FTRACE and CONFIG_BPF_EVENTS, as distributions' kernels have"
