"""From a pin to providers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .archive import Archive
from .crate import Crate
from .debian import Debian
from .errors import UnavailableError
from .git import Git
from .packed import Local

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from .obtain import Provider

COMMIT_DIGITS = 40
ARCHIVES = (".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz", ".txz", ".tar.zst")


@dataclass(frozen=True)
class Surroundings:
    """What providers need to know besides the pin.

    Attributes:
        component: whose source.
        url: a mirror that a user gave; empty for none.
        mirror: of the Debian archive.
        cargo_root: root with cargo in it; none for the host's own.
        timeout: seconds without an answer after which a server counts as unreachable.
    """

    component: str
    url: str
    mirror: str
    cargo_root: Path | None
    timeout: float


def providers(pin: Mapping[str, Any], around: Surroundings) -> list[Provider]:
    """A component's providers, the preferred first.

    Args:
        pin: as in `source_pins`, or with the one provider `path`.
        around: what else they need.

    Raises:
        UnavailableError: the pin is not complete.
    """
    url_is_for = "archive" if around.url.endswith(ARCHIVES) else "git"
    if around.url and "path" not in pin and url_is_for not in pin.get("providers", []):
        raise faulty(
            around, f"{around.component}_source_url is for provider {url_is_for}, which it has not"
        )
    made = []
    for name in pin.get("providers", []):
        url = around.url if name == url_is_for else ""
        try:
            made.append(provider(name, pin[name], around, url))
        except KeyError as error:
            raise faulty(around, f"{error.args[0]} is not given for provider {name}") from error
    if not made:
        raise faulty(around, "there are no providers")
    return made


def provider(name: str, pin: Mapping[str, Any], around: Surroundings, url: str) -> Provider:
    """One provider.

    Args:
        name: which.
        pin: its block.
        around: what else it needs.
        url: used instead of the pin's, if not empty.
    """
    component, timeout = around.component, around.timeout
    match name:
        case "archive":
            return Archive(component, url or pin["url"], pin["sha256"], timeout)
        case "git":
            commit = str(pin["commit"])
            if len(commit) != COMMIT_DIGITS:
                raise faulty(around, f"commit {commit} has not all {COMMIT_DIGITS} digits")
            submodules = tuple(pin.get("submodules", []))
            return Git(component, url or pin["url"], commit, submodules, timeout)
        case "debian":
            package, version = pin["package"], pin["version"]
            patched = bool(pin.get("patches", True))
            place = (around.mirror, pin["suite"], package, version, pin["sha256"])
            return Debian(component, *place, patched, timeout)
        case "crate":
            crate = (pin["name"], pin["version"], pin["sha256"])
            return Crate(component, *crate, around.cargo_root, timeout)
        case "path":
            return Local(component, pin["path"], pin["identity"])
    raise faulty(around, f"there is no provider {name}")


def faulty(around: Surroundings, what: str) -> UnavailableError:
    """The error to raise.

    Args:
        around: names the component.
        what: is wrong.
    """
    return UnavailableError(
        f"{around.component}: its pin is not complete: {what}",
        "correct it in roles/source/vars/main/pins.yml, or in build_<role>_pin",
    )
