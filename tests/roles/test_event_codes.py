"""Who says a boot event and who hears it agree on codes, port and names."""

from __future__ import annotations

import re

import yaml

from pyrunner.parsers.boot_rules import DEBUGCON_BYTES, RULES
from pyrunner.paths import REPOSITORY

GUEST = (REPOSITORY / "roles/guest_image/files/testbed-event.c").read_text("utf-8")
INIT = (REPOSITORY / "roles/guest_image/files/initramfs-init").read_text("utf-8")
READY = (
    REPOSITORY / "roles/guest_image/files/rootfs/etc/systemd/system/testbed-ready.service"
).read_text("utf-8")
STAMPER = (REPOSITORY / "roles/boot_timeline/files/stamper.py").read_text("utf-8")
FLEET = yaml.safe_load((REPOSITORY / "roles/fleet/defaults/main.yml").read_text("utf-8"))


def test_guest_and_parser_have_the_same_codes() -> None:
    said = {int(code, 16): name for name, code in re.findall(r'\{ "(\w+)", (0x\w+) \}', GUEST)}
    assert said == DEBUGCON_BYTES
    assert [said[code] for code in sorted(said)] == [
        rule.event for rule in RULES if rule.source == "debugcon"
    ]


def test_guest_and_qemu_have_the_same_port() -> None:
    ports = re.findall(r"#define EVENT_PORT (0x\w+)", GUEST)
    assert [int(port, 16) for port in ports] == [int(FLEET["fleet_event_port"], 16)]


def test_every_event_is_said_at_its_place() -> None:
    said = re.findall(r"testbed-event (\w+)", INIT + READY)
    assert said == ["init_start", "userspace_start", "userspace_ready"]


def test_the_stamper_asks_for_ssh_when_the_guest_is_ready() -> None:
    ready = re.findall(r"^READY_BYTE = (0x\w+)$", STAMPER, re.MULTILINE)
    assert [DEBUGCON_BYTES[int(code, 16)] for code in ready] == ["userspace_ready"]
