"""The decision: which variant runs on which backend of this host, and why not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from .backend import FORCING, Choice
from .kernel import check_for_svsm
from .qemu import FEATURES
from .resources import check_memory, most_vms
from .snp_checks import check_asids, first_obstacle
from .tools import check_svsm_image

if TYPE_CHECKING:
    from .machine import Machine
    from .wanted import Wanted

HINTS: Final = {feature.name: feature.hint for feature in FEATURES}
WHERE_SNP: Final = "Set preflight_backend to auto or snp"


def judge_variants(choice: Choice, machine: Machine, wanted: Wanted) -> dict[str, dict[str, Any]]:
    """For each variant ``{backend, runnable, reason, hint, max_fleet}`` as campaigns take it.

    A variant that runs has a reason only if fleets above `max_fleet` do not fit.
    """
    if choice.problem:
        return {name: _does_not(choice.problem, FORCING) for name in ("plain", "cvm", "svsm")}
    return {
        "plain": _runs(choice.backend, machine, wanted),
        "cvm": _judge_protected(choice, machine, wanted, svsm=False),
        "svsm": _judge_protected(choice, machine, wanted, svsm=True),
    }


def lacks(
    machine: Machine, wanted: Wanted, backend: str | None, *, svsm: bool
) -> list[tuple[str, str]]:
    """What a protected variant still lacks on `backend`, each with what would bring it."""
    names = ["sev-snp-guest" if backend == "snp" else "sev-snp-emulated"]
    if svsm:
        names += ["igvm-cfg"] + ["device-plane"] * (backend == "snp")
    found = [
        built(wanted, "qemu", f"QEMU with {name}", HINTS[name])
        for name in names
        if name not in machine.qemu.features
    ]
    if svsm:
        image = check_svsm_image(machine.svsm_image)
        if image.status != "ok":
            found.append(built(wanted, "svsm", image.title, image.hint))
        kernel = check_for_svsm(machine.kernel, wanted)
        if backend == "snp" and kernel.status != "ok":
            found.append(built(wanted, "host_kernel", kernel.title, kernel.hint))
    return found


def built(wanted: Wanted, component: str, what: str, hint: str) -> tuple[str, str]:
    """What is lacking of a component and what would bring it: if it failed to build, why."""
    problem = wanted.component_problems.get(component)
    if problem is None:
        return what, hint
    return f"{what} ({problem['reason']})", problem["hint"]


def _judge_protected(
    choice: Choice, machine: Machine, wanted: Wanted, *, svsm: bool
) -> dict[str, Any]:
    """A variant that needs SEV-SNP, real or emulated."""
    if choice.protected is None:
        reason = f"backend {choice.backend} is forced, which runs the variant plain only"
        return _does_not(reason, "Set preflight_backend to auto, snp or emulated")
    lacking = lacks(machine, wanted, choice.protected, svsm=svsm)
    if not lacking:
        asids = machine.snp.asids if choice.protected == "snp" else None
        return _runs(choice.protected, machine, wanted, asids)
    reason = "lacking: " + ", ".join(what for what, _ in lacking)
    hint = ". ".join(hint for _, hint in lacking)
    if choice.protected == "emulated":
        obstacle = first_obstacle(machine.snp, machine.cpu)
        here = (
            f"SEV-SNP: {obstacle.detail.removeprefix('SEV-SNP: ')}"
            if obstacle
            else "SEV-SNP is not to be used"
        )
        reason = f"{here}; to emulate it, {reason}"
        hint = f"{obstacle.hint if obstacle else WHERE_SNP}. {hint}"
    return _does_not(reason, hint)


def _runs(
    backend: str, machine: Machine, wanted: Wanted, asids: int | None = None
) -> dict[str, Any]:
    """A variant that runs, with the largest fleet that fits into memory and `asids`."""
    private = backend == "snp" and asids is not None
    checks = [check_memory(machine.resources, wanted, private=private)]
    most = most_vms(machine.resources, wanted, private=private)
    if asids is not None:
        most = min(most, asids)
        checks.append(check_asids(machine.snp, wanted))
    limits = [check for check in checks if check.status != "ok"]
    reason = "; ".join(check.detail for check in limits)
    hint = "; ".join(check.hint for check in limits)
    if most == 0:
        return _does_not(reason, hint)
    return {
        "backend": backend,
        "runnable": True,
        "reason": reason,
        "hint": hint,
        "max_fleet": most,
    }


def _does_not(reason: str, hint: str) -> dict[str, Any]:
    """It is skipped, and this is what the user reads."""
    return {"backend": None, "runnable": False, "reason": reason, "hint": hint}
