"""How fast the processors run: governor and boost.

Documentation/admin-guide/pm/cpufreq.rst and amd-pstate.rst (Linux).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .files import at, glob, text
from .memory import Setting

if TYPE_CHECKING:
    from pathlib import Path

CPUS: Final = "/sys/devices/system/cpu"
BOOST: Final = f"{CPUS}/cpufreq/boost"
BOOST_VALUES: Final = {"enabled": "1", "disabled": "0"}


def governors(root: Path) -> list[str]:
    """The governors that the host offers; none where the kernel does not choose frequencies."""
    files = glob(root, f"{CPUS}/cpu[0-9]*/cpufreq/scaling_available_governors")
    return sorted({word for file in files for word in file.read_text("ascii").split()})


def governor_problem(root: Path, governor: str) -> str:
    """Why the host cannot have this governor; empty if it can, or has none to choose."""
    known = governors(root)
    if not governor or not known or governor in known:
        return ""
    return f"host_setup_governor: the host has no {governor}, only {', '.join(known)}"


def frequency_settings(root: Path, governor: str, boost: str) -> list[Setting]:
    """Files to write; patterns, since processors may come and go."""
    found = []
    if governor and governors(root):
        found.append(Setting(f"{CPUS}/cpu*/cpufreq/scaling_governor", governor))
    if boost in BOOST_VALUES and at(root, BOOST).exists():
        found.append(Setting(BOOST, BOOST_VALUES[boost]))
    return found


def frequency_notes(root: Path, governor: str, boost: str) -> list[str]:
    """What is wanted and cannot be set here, which is no mistake: VMs have no frequencies."""
    notes = []
    if governor and not governors(root):
        notes.append(
            f"governor {governor} is not set: this kernel chooses no frequencies (a VM, or the "
            "BIOS hides them: enable CPPC)"
        )
    if boost in BOOST_VALUES and not at(root, BOOST).exists():
        notes.append(f"boost is not {boost}: there is no {BOOST}; set it in the BIOS")
    return notes


def differing(root: Path, settings: list[Setting]) -> list[Setting]:
    """Settings of which a file says something else."""
    return [
        setting
        for setting in settings
        if any(
            text(root, f"/{p.relative_to(root)}") != setting.value for p in glob(root, setting.path)
        )
    ]
