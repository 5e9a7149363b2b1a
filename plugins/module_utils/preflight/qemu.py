"""QEMU: which one there is and what it has been built with."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from .check import Check, Topic

if TYPE_CHECKING:
    from .host import Host
    from .wanted import Wanted

VERSION = Topic("qemu.version", "QEMU")
EMULATION: Final = "sev-snp-emulated"
PENDING: Final = "The host phase brings it; preflight looks again afterwards"


@dataclass(frozen=True)
class Feature:
    """Something that a QEMU may have been built with.

    Attributes:
        topic: the check that tells of it.
        name: the object or machine option that shows it.
        hint: how to get one that has it.
    """

    topic: Topic
    name: str
    hint: str


FEATURES: Final = (
    Feature(
        Topic("qemu.sev_snp", "QEMU: SEV-SNP guests"),
        "sev-snp-guest",
        "For cvm and svsm on SEV-SNP hardware use QEMU 9.1 or newer, built with KVM",
    ),
    Feature(
        Topic("qemu.igvm", "QEMU: IGVM images"),
        "igvm-cfg",
        "For svsm the build phase makes a QEMU with --enable-igvm (Debian's is built without)",
    ),
    Feature(
        Topic("qemu.planes", "QEMU: KVM planes"),
        "device-plane",
        "For svsm on SEV-SNP hardware use QEMU from COCONUT-SVSM's repository, branch svsm",
    ),
    Feature(
        Topic("qemu.sev_snp_emulated", "QEMU: SEV-SNP emulation"),
        EMULATION,
        "Without SEV-SNP hardware, cvm and svsm need a QEMU with this project's SEV-SNP emulation, "
        "which the build phase makes",
    ),
)


@dataclass(frozen=True)
class Qemu:
    """The QEMU that was found.

    Attributes:
        path: its absolute path, None if there is none.
        text: the first line of what ``--version`` printed.
        features: names of FEATURES that it has.
    """

    path: str | None
    text: str
    features: frozenset[str]

    @property
    def version(self) -> tuple[int, ...]:
        """For example (10, 0, 2); (0,) if it does not tell."""
        found = re.search(r"version (\d+)\.(\d+)\.(\d+)", self.text)
        return tuple(map(int, found.groups())) if found else (0,)


def observe_qemu(host: Host, wanted: Wanted) -> Qemu:
    """Ask QEMU for its version, its objects and its options (about 0.1 s)."""
    path = host.which(wanted.qemu_binary)
    if path is None:
        return Qemu(None, "not found", frozenset())
    version, objects, options = (
        host.run([path, *args]).text for args in (["--version"], ["-object", "help"], ["-h"])
    )
    shown = {line.strip() for line in objects.splitlines()}
    # A machine option, not an object; COCONUT-SVSM's own launch script looks for it the same way.
    shown |= {"device-plane"} if "device-plane=" in options else set()
    names = frozenset(feature.name for feature in FEATURES)
    return Qemu(path, version.strip().split("\n")[0], names & shown)


def check_version(qemu: Qemu, wanted: Wanted, *, emulating: bool) -> Check:
    """QEMU 7.2 hangs in some boots when it emulates; with KVM an old one is only a risk."""
    if qemu.path is None and not wanted.packages_pending:
        hint = (
            f"apt install qemu-system-x86, or set preflight_qemu_binary (now {wanted.qemu_binary})"
        )
        return VERSION.found("error", f"{wanted.qemu_binary} is not installed", hint)
    if qemu.path is None:
        return VERSION.found("missing", f"{wanted.qemu_binary} is not installed yet", PENDING)
    if qemu.version[0] >= wanted.qemu_min_version:
        return VERSION.ok(f"{qemu.text} at {qemu.path}")
    return _too_old(qemu, wanted, emulating=emulating)


def _too_old(qemu: Qemu, wanted: Wanted, *, emulating: bool) -> Check:
    """Below the version that is known to be good, or not telling its version."""
    detail = f"{qemu.text} at {qemu.path}, older than {wanted.qemu_min_version}"
    if wanted.packages_pending:
        return VERSION.found("missing", detail, PENDING)
    return VERSION.found(
        "error" if emulating else "warning",
        f"{detail} (7.2 hangs in some boots under emulation)",
        f"Install QEMU {wanted.qemu_min_version} or newer "
        "(Debian 12: bookworm-backports; Ubuntu 24.04: the Ubuntu Cloud Archive)",
    )


def check_features(qemu: Qemu, *, real: bool) -> list[Check]:
    """What limits the variants: one check for each feature; real SEV-SNP needs no emulation."""
    return [_check_feature(qemu, feature, real=real) for feature in FEATURES]


def _check_feature(qemu: Qemu, feature: Feature, *, real: bool) -> Check:
    """One feature."""
    if feature.name in qemu.features:
        return feature.topic.ok(f"{feature.name} is there")
    if real and feature.name == EMULATION:
        return feature.topic.ok("not there, and not needed: SEV-SNP is real here")
    return feature.topic.found("missing", f"no {feature.name}", feature.hint)
