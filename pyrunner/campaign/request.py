"""What is asked of a campaign: the request JSON of ``plan``, checked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from pyrunner.campaign.checks import fraction, integer, mapping, name, words
from pyrunner.campaign.host import host_entry
from pyrunner.campaign.sizes import fleet_sizes
from pyrunner.errors import UsageError
from pyrunner.model import VARIANTS, Variant

if TYPE_CHECKING:
    from collections.abc import Mapping

PROFILES: Final = ("quick", "full")
SUITES: Final = ("unixbench", "stress_ng")
"""Benchmark suites; ``auto`` takes the first that every host can run."""
MOST_REPEATS: Final = 1000
COMPARE: Final = "compare"
SELF_CHECK: Final = "self_check"
PURPOSES: Final = (COMPARE, SELF_CHECK)
"""What a campaign is for: variants against each other, or one against itself."""
LEAST_SELF_CHECK: Final = 6
"""Repeats of a self-check at least: three pairs, as many as a verdict on variants wants."""


@dataclass(frozen=True)
class Request:
    """A checked request.

    Attributes:
        suites: the suites wanted, or None to choose per :data:`SUITES` (``auto``).
        fleet_sizes: numbers of VMs, ascending, no duplicates.
        hosts: host name to the host's entry as campaign.json keeps it, plus its ``suites``.
        noise_threshold: variation over the repeats above which there are more of them; 0: never.
        max_repeats: how many there are at most then.
        purpose: one of :data:`PURPOSES`.
    """

    campaign: str
    profile: str
    suites: tuple[str, ...] | None
    variants: tuple[Variant, ...]
    fleet_sizes: tuple[int, ...]
    repeats: int
    hosts: Mapping[str, dict[str, Any]]
    noise_threshold: float = 0.0
    max_repeats: int = 0
    purpose: str = COMPARE

    @property
    def gated(self) -> bool:
        """Whether noise leads to more repeats."""
        return self.noise_threshold > 0 and self.max_repeats > 0

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Request:
        """Check a request as it comes from Ansible.

        Args:
            data: an object with these keys::

                {"campaign": "epyc-1",
                 "profile": "quick" | "full",
                 "suites": "auto" | ["unixbench", "stress_ng"] | [] (boot times alone),
                 "variants": "all" | ["plain", "cvm", "svsm"],
                 "fleet_sizes": [1, 8] | ["1-8"] | "1,2,4-8",
                 "repeats": 3,
                 "noise_threshold": 0.05, "max_repeats": 20,     # 0, or left out: no noise gate
                 "purpose": "compare" | "self_check",            # left out: compare
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
        campaign = name(data.get("campaign"), "campaign")
        wanted = data.get("suites", "auto")
        purpose = words([data.get("purpose") or COMPARE], "purpose", PURPOSES)[0]
        repeats = integer(data.get("repeats"), "repeats", MOST_REPEATS)
        most = data.get("max_repeats") or 0
        return cls(
            campaign=campaign,
            profile=words([data.get("profile")], "profile", PROFILES)[0],
            suites=None if wanted in ("auto", ["auto"]) else words(wanted, "suites", SUITES),
            variants=_variants(data.get("variants", "all"), purpose),
            fleet_sizes=tuple(fleet_sizes(data.get("fleet_sizes"), "fleet_sizes")),
            repeats=self_check_repeats(repeats) if purpose == SELF_CHECK else repeats,
            hosts={name(key, "host"): host_entry(key, value) for key, value in hosts.items()},
            noise_threshold=fraction(data.get("noise_threshold") or 0, "noise_threshold"),
            max_repeats=integer(most, "max_repeats", MOST_REPEATS) if most else 0,
            purpose=purpose,
        )


def self_check_repeats(repeats: int) -> int:
    """Repeats of a self-check: each of its two arms gets as many as a variant would."""
    return max(2 * repeats, LEAST_SELF_CHECK)


def _variants(wanted: object, purpose: str) -> tuple[Variant, ...]:
    """Check variants and put them into the usual order; a self-check has one, plain unless named.

    Raises:
        UsageError: none, several where there can be but one, or an unknown one.
    """
    if wanted in ("all", ["all"]):
        return VARIANTS if purpose == COMPARE else VARIANTS[:1]
    asked = words(wanted, "variants", VARIANTS)
    if not asked:
        raise UsageError("no variant was asked for", f"choose from: {', '.join(VARIANTS)}, all")
    if purpose == SELF_CHECK and len(asked) > 1:
        raise UsageError(
            f"variants: a self-check compares one variant with itself, not {', '.join(asked)}",
            "ask for plain alone",
        )
    return tuple(variant for variant in VARIANTS if variant in asked)
