"""Firmware, kernel and user space tell the host events by different bytes at one port."""

from __future__ import annotations

import re
from typing import Final

import yaml

from pyrunner.paths import REPOSITORY

DEFINITION: Final = re.compile(
    r"^\+#define TESTBED_EVENT_(\w+)\s+0x([0-9a-f]{2})\r?$", re.MULTILINE
)


def patched(series: str) -> str:
    """All patches of `series`, one after the other."""
    paths = sorted((REPOSITORY / "patches" / series).glob("*.patch"))
    return "".join(path.read_bytes().decode() for path in paths)


def codes(series: str) -> list[int]:
    """The bytes that `series` defines."""
    return [int(code, 16) for _, code in DEFINITION.findall(patched(series))]


def guest() -> str:
    """The source of the program that tells user space's events."""
    return (REPOSITORY / "roles/guest_image/files/testbed-event.c").read_text("utf-8")


def default_of(role: str, variable: str) -> str:
    """A role's default as text."""
    text = (REPOSITORY / "roles" / role / "defaults/main.yml").read_text("utf-8")
    return str(yaml.safe_load(text)[variable])


def test_no_byte_means_two_events() -> None:
    user_space = [int(code, 16) for code in re.findall(r'\{ "\w+", (0x\w+) \}', guest())]
    told = codes("ovmf") + codes("linux") + user_space
    assert told == sorted(set(told))
    assert (len(codes("ovmf")), len(codes("linux"))) == (5, 2)
    assert max(codes("ovmf") + codes("linux")) < 0x10


def test_every_event_is_told_at_one_place() -> None:
    for series, telling in (("ovmf", r"TESTBED_TELL \("), ("linux", r"testbed_tell\(")):
        text = patched(series)
        for name, _ in DEFINITION.findall(text):
            call = rf"^\+\s+{telling}TESTBED_EVENT_{name}\);"
            assert len(re.findall(call, text, re.MULTILINE)) == 1


def test_all_tell_the_same_port() -> None:
    port = int(default_of("fleet", "fleet_event_port"), 16)
    kernel = re.findall(r"^CONFIG_TESTBED_EVENT_PORT=(\w+)$", fragment(), re.MULTILINE)
    assert int(default_of("build_ovmf", "build_ovmf_event_port"), 16) == port
    assert [int(one, 16) for one in kernel] == [port]


def test_nothing_is_told_unless_asked_for() -> None:
    assert "+  gTestbedTokenSpaceGuid.PcdTestbedEventPort|0|UINT16|" in patched("ovmf")
    option = patched("linux").partition("+config TESTBED_BOOT_EVENTS\n")[2]
    assert "default y" not in option.partition("+config ")[0]


def fragment() -> str:
    """Our settings of the guest kernel."""
    return (REPOSITORY / "roles/build_kernel/files/guest/testbed.config").read_text("utf-8")
