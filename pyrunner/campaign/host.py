"""What a request says of one host, checked and completed: its entry in campaign.json."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING, Any, Final

from pyrunner.campaign.checks import integer, mapping, words
from pyrunner.errors import UsageError
from pyrunner.model import BACKENDS, Backend

if TYPE_CHECKING:
    from collections.abc import Mapping

CHECK_STATUS: Final = ("ok", "warning", "missing", "error")
LAUNCH_DIGEST: Final = re.compile(r"[0-9a-f]{96}")
DIGESTS: Final = {"sha384": LAUNCH_DIGEST, "sha512": re.compile(r"[0-9a-f]{128}")}


def host_entry(host: str, data: object) -> dict[str, Any]:
    """Check one host's information, fill in what may be left out.

    Args:
        host: its name.
        data: the value of ``hosts`` in the request, see ``Request.from_dict``.

    Raises:
        UsageError: a key is missing or a value is not one that can be.
    """
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
        "attestation": _attestation(mapping(data, "attestation", where), where),
        "measurement": _measurement(mapping(data, "measurement", where), f"{where}: measurement"),
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


def _attestation(data: Mapping[str, Any], where: str) -> dict[str, Any]:
    """Check what the reports of a host's VMs have to say."""
    measurements = mapping(data, "measurements", f"{where}: attestation")
    for variant, digest in measurements.items():
        if not LAUNCH_DIGEST.fullmatch(str(digest)):
            raise UsageError(
                f"{where}: the launch digest of {variant} is {digest!r}: 96 hexadecimal digits "
                "are wanted"
            )
    return {"trust_root": str(data.get("trust_root") or ""), "measurements": measurements}


def _measurement(data: Mapping[str, Any], where: str) -> dict[str, Any]:
    """Check what measurements of a host's VMs have to say; empty where none are wanted."""
    if data.get("wanted") is not True:
        return {}
    problem = mapping(data, "problem", where)
    references = mapping(data, "references", where)
    for purpose in references:
        for algorithm, digest in mapping(references, purpose, where).items():
            if algorithm not in DIGESTS or not DIGESTS[algorithm].fullmatch(str(digest)):
                raise UsageError(f"{where}: {purpose}: {digest!r} is no digest of {algorithm}")
    return {
        "wanted": True,
        "problem": {key: str(problem.get(key) or "") for key in ("reason", "hint")}
        if problem
        else {},
        "firmware": data.get("firmware") is True,
        "references": references,
    }


def _check(data: object, where: str) -> dict[str, str]:
    """Check one preflight check."""
    if not isinstance(data, dict) or not data.get("id"):
        raise UsageError(f"{where}: a check is an object with an id, not {data!r}")
    words([data.get("status")], f"{where}, check {data['id']}: status", CHECK_STATUS)
    return {key: str(data.get(key) or "") for key in ("id", "title", "status", "detail", "hint")}


def artifact_set(artifacts: Mapping[str, Mapping[str, Any]]) -> str:
    """Name the set of components that a host uses: 12 hex digits of a digest of their keys."""
    keys = "\n".join(f"{name} {artifacts[name].get('key', '')}" for name in sorted(artifacts))
    return hashlib.sha256(keys.encode()).hexdigest()[:12]


def out_of_run(entry: Mapping[str, Any]) -> tuple[str, str] | None:
    """Say why nothing can run on a host now (reason, hint); None if something may."""
    for check in entry["checks"]:
        if check["status"] == "error":
            return f"{check['title'] or check['id']}: {check['detail']}", check["hint"]
    return None
