"""Programs and files that the later phases take for granted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .check import Check, Topic
from .qemu import PENDING

if TYPE_CHECKING:
    from .host import Host
    from .wanted import Wanted

COMMANDS = Topic("tools.commands", "Programs that the roles call")
OVMF = Topic("firmware.ovmf", "UEFI firmware (OVMF)")
SVSM_IMAGE = Topic("svsm.image", "SVSM image (IGVM)")


def check_commands(host: Host, wanted: Wanted) -> Check:
    """All at once: the list in one line is what an administrator wants to install."""
    absent = [name for name in wanted.commands if host.which(name) is None]
    if not absent:
        return COMMANDS.ok(f"all there: {', '.join(wanted.commands) or 'none asked for'}")
    detail = f"not installed: {', '.join(absent)}"
    if wanted.packages_pending:
        return COMMANDS.found("missing", detail, PENDING)
    return COMMANDS.found(
        "error", detail, "Install the packages that hold them, or run playbooks/host.yml"
    )


def check_ovmf(host: Host, wanted: Wanted) -> Check:
    """Only a firmware that was named can be absent."""
    if not wanted.ovmf_path:
        return OVMF.ok("not named: the build phase provides it")
    if host.exists(wanted.ovmf_path):
        return OVMF.ok(wanted.ovmf_path)
    detail = f"there is no {wanted.ovmf_path}"
    if wanted.packages_pending:
        return OVMF.found("missing", detail, PENDING)
    return OVMF.found("error", detail, "apt install ovmf, or correct preflight_ovmf_path")


@dataclass(frozen=True)
class SvsmImage:
    """COCONUT-SVSM and its firmware in one file, which only the variant svsm needs.

    Attributes:
        path: where it should be; empty if none was named.
        present: whether it is there.
    """

    path: str
    present: bool


def observe_svsm_image(host: Host, wanted: Wanted) -> SvsmImage:
    """Look whether the image exists, if one was named."""
    path = wanted.svsm_image_path
    return SvsmImage(path, bool(path) and host.exists(path))


def check_svsm_image(image: SvsmImage) -> Check:
    """Without it there is nothing to run at VMPL0."""
    if image.present:
        return SVSM_IMAGE.ok(image.path)
    detail = f"there is no {image.path}" if image.path else "no image named"
    hint = (
        "For svsm the build phase makes coconut-qemu.igvm from COCONUT-SVSM's sources; "
        "preflight_svsm_image_path names one that is there already"
    )
    return SVSM_IMAGE.found("missing", detail, hint)
