"""The backend: what makes the variants of this host run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from .check import Check, Topic

if TYPE_CHECKING:
    from .machine import Machine
    from .wanted import Wanted

BACKEND = Topic("backend.choice", "Backend")

ACCELERATORS: Final = {"snp": ["kvm"], "kvm": ["kvm"], "emulated": ["tcg"]}
FORCING: Final = "Set preflight_backend to auto, or mend what the checks kvm.* and snp.* name"


@dataclass(frozen=True)
class Choice:
    """What all variants of the host build on.

    Attributes:
        backend: of the variant ``plain``.
        protected: backend that ``cvm`` and ``svsm`` would use, None if it is ruled out.
        problem: why the backend that was forced cannot be.
    """

    backend: str
    protected: str | None
    problem: str = ""


def choose(machine: Machine, wanted: Wanted) -> Choice:
    """Take the best backend, or the one that was forced.

    On an SNP host all variants run on its KVM, so that the variant is the only difference.
    """
    snp = machine.snp.works and machine.kvm.usable
    best = "snp" if snp else "kvm" if machine.kvm.usable else "emulated"
    backend = best if wanted.backend == "auto" else wanted.backend
    protected = {"snp": "snp", "emulated": "emulated"}.get(backend)
    if wanted.backend == "auto" and protected is None:
        protected = "emulated"
    problem = ""
    if backend == "snp" and not snp:
        problem = "backend snp is forced, but SEV-SNP does not work here"
    if backend == "kvm" and not machine.kvm.usable:
        problem = "backend kvm is forced, but KVM is not usable here"
    return Choice(backend, protected, problem)


def check_backend(choice: Choice, wanted: Wanted) -> Check:
    """A backend that was forced and cannot be is an error, never a silent change of plan."""
    if choice.problem:
        return BACKEND.found("error", choice.problem, FORCING)
    return BACKEND.ok(f"{choice.backend} ({wanted.backend} was asked for)")


def accelerators(choice: Choice, wanted: Wanted) -> list[str]:
    """QEMU's accelerators to try, in order; a probe VM decides whether KVM is quick enough."""
    if choice.problem:
        return []
    if wanted.backend == "auto" and choice.backend == "kvm":
        return ["kvm", "tcg"]
    return ACCELERATORS[choice.backend]
