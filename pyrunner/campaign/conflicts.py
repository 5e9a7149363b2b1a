"""What must not change in a campaign once it has results: nothing incomparable is mixed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pyrunner.campaign.host import out_of_run
from pyrunner.campaign.request import COMPARE
from pyrunner.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pyrunner.campaign.request import Request
    from pyrunner.campaign.store import Campaign
    from pyrunner.model import Cell


def refuse_mixing(old: Campaign, request: Request, suites: Sequence[str]) -> None:
    """Refuse a request that would put incomparable results into one campaign.

    What has no results yet may change freely: profile and suites while no cell of the campaign is
    sealed, a host's artifacts while none of that host is, a variant's backend while none of that
    variant on that host is.

    Raises:
        UsageError: naming the campaign, each difference, and the way out.
    """
    sealed = [cell for cell in old.cells if old.is_sealed(cell)]
    differences = [*_campaign_wide(old, request, suites, sealed), *_per_host(old, request, sealed)]
    if differences:
        raise UsageError(
            f"campaign {old.name} has {len(sealed)} finished cells and cannot be continued like "
            f"this: {'; '.join(differences)}",
            f"choose another name with --campaign, or remove {old.folder}",
        )


def _campaign_wide(
    old: Campaign, request: Request, suites: Sequence[str], sealed: Sequence[Cell]
) -> Iterator[str]:
    """List differences that concern all hosts."""
    if old.name != request.campaign:
        yield f"its folder is now asked for campaign {request.campaign}"
    if not sealed:
        return
    if (purpose := old.data.get("purpose", COMPARE)) != request.purpose:
        yield f"purpose was {purpose}, now {request.purpose}"
    if old.data["profile"] != request.profile:
        yield f"profile was {old.data['profile']}, now {request.profile}"
    if list(old.data["suites"]) != list(suites):
        yield f"suites were {_listed(old.data['suites'])}, now {_listed(suites)}"


def _per_host(old: Campaign, request: Request, sealed: Sequence[Cell]) -> Iterator[str]:
    """List differences of hosts that have results and can add to them now."""
    able = {host for host, entry in request.hosts.items() if out_of_run(entry) is None}
    for host in sorted({cell.host for cell in sealed} & able):
        was = old.data["hosts"][host]["artifact_set"]
        now = request.hosts[host]["artifact_set"]
        if was != now:
            changed = _components(old.data["hosts"][host], request.hosts[host])
            yield f"host {host}: artifacts were {was}, now {now}{changed}"
    for host, variant, was in sorted({(cell.host, cell.variant, cell.backend) for cell in sealed}):
        seen = request.hosts[host]["variants"].get(variant, {}) if host in able else {}
        if seen.get("runnable") and seen["backend"] != was:
            yield f"host {host}: backend of {variant} was {was}, now {seen['backend']}"


def _components(was: dict[str, Any], now: dict[str, Any]) -> str:
    """Name the components whose keys differ."""
    before, after = was["artifacts"], now["artifacts"]
    names = [
        component
        for component in sorted({*before, *after})
        if before.get(component, {}).get("key") != after.get(component, {}).get("key")
    ]
    return f" ({', '.join(names)})" if names else ""


def _listed(words: Sequence[str]) -> str:
    """Join words for a message."""
    return ", ".join(words) or "none"
