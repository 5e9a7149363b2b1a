"""What is asked of a campaign: the request JSON of ``plan``, checked."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from pyrunner.campaign.checks import integer, mapping, name, words
from pyrunner.errors import UsageError
from pyrunner.model import BACKENDS, VARIANTS, Backend, Variant

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
            hosts={name(key, "host"): _host(key, value) for key, value in hosts.items()},
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


def _host(host: str, data: object) -> dict[str, Any]:
    """Check one host's information, fill in what may be left out."""
    if not isinstance(data, dict):
        raise UsageError(f"host {host}: an object is wanted, not {data!r}")
    where = f"host {host}"
    artifacts = mapping(data, "artifacts", where)
    return {
        "facts": mapping(data, "facts", where),
        "checks": [_check(check, where) for check in data.get("checks", [])],
        "variants": {
            variant: _variant(value, f"{where}, variant {variant}")
            for variant, value in mapping(data, "variants", where).items()
        },
        "suites": mapping(data, "suites", where),
        "artifacts": artifacts,
        "artifact_set": str(data.get("artifact_set") or artifact_set(artifacts)),
    }


def _variant(data: object, where: str) -> dict[str, Any]:
    """Check what a host says of one variant."""
    if not isinstance(data, dict):
        raise UsageError(f"{where}: an object is wanted, not {data!r}")
    backend: Backend | None = data.get("backend") or None
    runnable = data.get("runnable") is True
    if runnable or backend is not None:
        words([backend], f"{where}: backend", BACKENDS)
    entry: dict[str, Any] = {
        "backend": backend,
        "runnable": runnable,
        "reason": str(data.get("reason") or ""),
        "hint": str(data.get("hint") or ""),
    }
    if not runnable and not entry["reason"]:
        raise UsageError(f"{where}: not runnable, but no reason is given")
    if data.get("max_fleet") is not None:
        entry["max_fleet"] = integer(data["max_fleet"], f"{where}: max_fleet", 10**6)
    return entry


def _check(data: object, where: str) -> dict[str, str]:
    """Check one preflight check."""
    if not isinstance(data, dict) or not data.get("id"):
        raise UsageError(f"{where}: a check is an object with an id, not {data!r}")
    words([data.get("status")], f"{where}, check {data['id']}: status", CHECK_STATUS)
    return {key: str(data.get(key) or "") for key in ("id", "title", "status", "detail", "hint")}


CHECK_STATUS: Final = ("ok", "warning", "missing", "error")


def artifact_set(artifacts: Mapping[str, Mapping[str, Any]]) -> str:
    """Name the set of components that a host uses: 12 hex digits of a digest of their keys."""
    keys = "\n".join(f"{name} {artifacts[name].get('key', '')}" for name in sorted(artifacts))
    return hashlib.sha256(keys.encode()).hexdigest()[:12]
