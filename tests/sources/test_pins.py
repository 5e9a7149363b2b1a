"""The project's pins, and faulty ones."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from roles.source.module_utils.source_tree.errors import UnavailableError
from roles.source.module_utils.source_tree.pins import Surroundings, providers

PINS: dict[str, Any] = yaml.safe_load(
    Path("roles/source/vars/main/pins.yml").read_text(encoding="utf-8")
)["source_pins"]
AROUND = Surroundings("demo", "", "http://mirror/debian", None, 1.0)
GIT = {"url": "https://example.org/demo.git", "commit": "a" * 40}


@pytest.mark.parametrize("component", sorted(PINS))
def test_every_pin_is_complete_and_says_exactly_what_it_must_be(component: str) -> None:
    pin = PINS[component]
    assert [provider.name for provider in providers(pin, AROUND)] == pin["providers"]
    assert set(pin) == {"marks", "providers", *pin["providers"]}
    for name in pin["providers"]:
        digest = pin[name]["commit" if name == "git" else "sha256"]
        assert re.fullmatch(r"[0-9a-f]{40}|[0-9a-f]{64}", digest)


@pytest.mark.parametrize(
    ("pin", "says"),
    [
        ({}, "there are no providers"),
        ({"providers": ["git"]}, "git is not given for provider git"),
        ({"providers": ["git"], "git": {"url": "x"}}, "commit is not given for provider git"),
        (
            {"providers": ["git"], "git": {**GIT, "commit": "abc"}},
            "commit abc has not all 40 digits",
        ),
        ({"providers": ["svn"], "svn": {}}, "there is no provider svn"),
    ],
)
def test_a_faulty_pin_says_what_is_wrong(pin: dict[str, Any], says: str) -> None:
    with pytest.raises(UnavailableError, match=f"^demo: its pin is not complete: {says}"):
        providers(pin, AROUND)


def test_a_mirror_is_for_the_provider_that_its_address_looks_like() -> None:
    pin = {
        "providers": ["git", "archive"],
        "git": GIT,
        "archive": {"url": "https://example.org/demo.tar.xz", "sha256": "b" * 64},
    }

    def wheres(url: str) -> list[str]:
        around = Surroundings("demo", url, "http://mirror/debian", None, 1.0)
        return [provider.where for provider in providers(pin, around)]

    first, second = wheres("")
    assert wheres("/mirror/demo.git") == [f"/mirror/demo.git at {'a' * 12}", second]
    assert wheres("/mirror/demo.tar.xz") == [first, "/mirror/demo.tar.xz"]


def test_a_mirror_for_a_provider_that_is_not_there_is_an_error() -> None:
    around = Surroundings("demo", "https://mirror/demo.tar.gz", "", None, 1.0)
    with pytest.raises(UnavailableError, match="demo_source_url is for provider archive"):
        providers({"providers": ["git"], "git": GIT}, around)
