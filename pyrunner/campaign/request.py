"""What is asked of a campaign: the request JSON of ``plan``, checked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from pyrunner.campaign.checks import integer, mapping, name, words
from pyrunner.campaign.host import host_entry
from pyrunner.errors import UsageError
from pyrunner.model import VARIANTS, Variant

if TYPE_CHECKING:
    from collections.abc import Mapping

PROFILES: Final = ("quick", "full")
SUITES: Final = ("unixbench", "stress_ng")
"""Benchmark suites; ``auto`` takes the first that every host can run."""
MOST_VMS: Final = 509
"""An SNP host has at most 509 encryption keys for SNP guests; a larger fleet is a typing error."""
MOST_REPEATS: Final = 1000


@dataclass(frozen=True)
class Request:
    """A checked request.

    Attributes:
        suites: the suites wanted, or None to choose per :data:`SUITES` (``auto``).
        fleet_sizes: numbers of VMs, ascending, no duplicates.
        hosts: host name to the host's entry as campaign.json keeps it, plus its ``suites``.
    """

    campaign: str
    profile: str
    suites: tuple[str, ...] | None
    variants: tuple[Variant, ...]
    fleet_sizes: tuple[int, ...]
    repeats: int
    hosts: Mapping[str, dict[str, Any]]

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Request:
        """Check a request as it comes from Ansible.

        Args:
            data: an object with these keys::

                {"campaign": "epyc-1",
                 "profile": "quick" | "full",
                 "suites": "auto" | ["unixbench", "stress_ng"] | [] (boot times alone),
                 "variants": "all" | ["plain", "cvm", "svsm"],
                 "fleet_sizes": [1, 8],
                 "repeats": 3,
                 "hosts": {HOST: {
                   "facts": {...},                       # free form; kept as it is
                   "checks": [{"id", "title", "status", "detail", "hint"}],
                   "variants": {VARIANT: {"backend": "snp|kvm|emulated" | null,
                                          "runnable": true, "reason": "", "hint": "",
                                          "max_fleet": 8}},      # max_fleet may be left out
                   "suites": {SUITE: {"available": true, "reason": "", "hint": ""}},
                   "attestation": {"trust_root": PEM, "measurements": {VARIANT: "96 hex"}},
                   "measurement": {"wanted": true, "problem": {} | {"reason", "hint"},
                                   "firmware": true, "references": {PURPOSE: {"sha384": hex}}},
                   "artifacts": {COMPONENT: {"key": "...", "manifest": {...}}},
                   "artifact_set": "0123456789ab"}}}     # left out: from the artifacts' keys

        Raises:
            UsageError: a key is missing, or a name or value is not one that can be.
        """
        hosts = mapping(data, "hosts", "the request")
        if not hosts:
            raise UsageError("the request names no host", "is the inventory's group empty?")
        wanted = data.get("suites", "auto")
        variants = data.get("variants", "all")
        return cls(
            campaign=name(data.get("campaign"), "campaign"),
            profile=words([data.get("profile")], "profile", PROFILES)[0],
            suites=None if wanted in ("auto", ["auto"]) else words(wanted, "suites", SUITES),
            variants=VARIANTS if variants in ("all", ["all"]) else _variants(variants),
            fleet_sizes=_sizes(data.get("fleet_sizes")),
            repeats=integer(data.get("repeats"), "repeats", MOST_REPEATS),
            hosts={name(key, "host"): host_entry(key, value) for key, value in hosts.items()},
        )


def _variants(wanted: object) -> tuple[Variant, ...]:
    """Check variants and put them into the usual order."""
    asked = words(wanted, "variants", VARIANTS)
    if not asked:
        raise UsageError("no variant was asked for", f"choose from: {', '.join(VARIANTS)}, all")
    return tuple(variant for variant in VARIANTS if variant in asked)


def _sizes(wanted: object) -> tuple[int, ...]:
    """Check fleet sizes and put them into ascending order."""
    if not isinstance(wanted, list) or not wanted:
        raise UsageError(f"fleet_sizes: a list of numbers is wanted, not {wanted!r}")
    return tuple(sorted({integer(size, "fleet_sizes", MOST_VMS) for size in wanted}))
