"""The report page as text: what it says, and that it needs nothing else."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import pytest

from pyrunner.results.inputs import OUTPUTS, STAMP
from pyrunner.results.labels import MINUS
from pyrunner.results.report import build_report
from tests.builders import synthetic

if TYPE_CHECKING:
    from pathlib import Path

FETCHING = {"href", "src", "srcset", "action", "data", "poster", "xlink:href", "background"}
STAMPED = "EMULATED · functional run, not performance"


class Reader(HTMLParser):
    """Collects tags, attributes and text of a page."""

    def __init__(self, page: str) -> None:
        """Read the page."""
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep a tag."""
        self.tags.append((tag, {name: value or "" for name, value in attrs}))

    def handle_data(self, data: str) -> None:
        """Keep text."""
        self.text += data

    def of(self, tag: str) -> list[dict[str, str]]:
        """Get the attributes of all tags of a name."""
        return [attributes for name, attributes in self.tags if name == tag]


def read(home: Path) -> Reader:
    """Read a campaign's page."""
    return Reader((home / "report.html").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", ["everything", "plain_only"])
def test_the_page_refers_to_nothing_outside(name: str, request: pytest.FixtureRequest) -> None:
    home: Path = request.getfixturevalue(name)
    page = read(home)
    for tag, attributes in page.tags:
        assert tag not in {"script", "iframe", "object", "embed", "img", "base"}
        for attribute in FETCHING & attributes.keys():
            assert attributes[attribute].startswith(("#", "data:")), (tag, attributes)
    raw = (home / "report.html").read_text(encoding="utf-8")
    assert "@import" not in raw
    assert all(found.startswith("#") for found in re.findall(r"url\(\s*([^)]*)\)", raw))
    assert "http" not in re.sub(r"https://example\.org/qemu\.git", "", raw)


@pytest.mark.parametrize("name", ["everything", "plain_only"])
def test_the_page_is_accessible(name: str, request: pytest.FixtureRequest) -> None:
    page = read(request.getfixturevalue(name))
    assert page.of("html") == [{"lang": "en"}]
    assert any("width=device-width" in each.get("content", "") for each in page.of("meta"))
    assert all(
        each.get("scope") in {"col", "row", "colgroup", "rowgroup"} for each in page.of("th")
    )
    ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    for drawn in page.of("svg"):
        if drawn.get("aria-hidden") != "true":
            assert drawn["role"] == "img"
            assert set(drawn["aria-labelledby"].split()) <= set(ids)
    for each in page.of("use"):
        assert each["href"][1:] in ids
    for each in page.of("a"):
        assert each["href"][1:] in ids


def test_a_hardware_page_says_what_was_measured(everything: Path) -> None:
    page = read(everything)
    assert "Emulated" not in page.text
    assert STAMPED not in page.text
    for part in ("SVSM against plain", "SVSM against CVM", "CVM against plain", f"{MINUS}31.4 %"):
        assert part in page.text
    assert "+307.6 %" in page.text
    assert "vm3 wrote nothing to its serial port for 300 s" in page.text
    assert "read raw/vm3/qemu.log" in page.text
    pictures = [each for each in page.of("svg") if each.get("role") == "img"]
    assert len(pictures) == 5  # three forests, a boot timeline, a scaling


def test_an_emulated_page_is_stamped_all_over(plain_only: Path) -> None:
    page = read(plain_only)
    assert "Emulated: a functional run, not performance" in page.text
    pictures = [each for each in page.of("svg") if each.get("role") == "img"]
    assert len(pictures) == 2  # a boot timeline and a scaling: nothing can be compared
    assert page.text.count(STAMPED) == len(pictures)
    assert "run on an EPYC with SNP enabled in the BIOS" in page.text
    assert "set unixbench_source_path to a local copy" in page.text
    assert page.text.count("not measured") >= 16


def test_an_emulated_comparison_is_stamped_too(tmp_path: Path, small: synthetic.Spec) -> None:
    small.backends = {"local": {"plain": "emulated", "cvm": "emulated", "svsm": "emulated"}}
    build_report(home := synthetic.build(tmp_path, small))
    page = read(home)
    pictures = [each for each in page.of("svg") if each.get("role") == "img"]
    assert len(pictures) == 5
    assert page.text.count(STAMPED) == 5


def test_equal_inputs_give_equal_bytes(tmp_path: Path, small: synthetic.Spec) -> None:
    build_report(home := synthetic.build(tmp_path, small))
    first = {name: (home / name).read_bytes() for name in OUTPUTS}
    for name in (*OUTPUTS, STAMP):
        (home / name).unlink()
    assert build_report(home)
    assert {name: (home / name).read_bytes() for name in OUTPUTS} == first


def test_what_hosts_and_consoles_say_stays_text(tmp_path: Path, small: synthetic.Spec) -> None:
    evil = '<script>alert("x")</script>&{{ 7 * 7 }}'
    small.failed = frozenset({"svsm-2vm-r1"})
    small.suites = {"unixbench": {"a<b>$x$": 1.0, "fsdisk": 2.0}}
    home = synthetic.build(tmp_path, small)
    plan = json.loads((home / "campaign.json").read_text())
    host = plan["hosts"]["epyc1"]
    host["facts"][evil] = evil
    host["checks"][0].update(title=evil, detail=evil, hint=evil, status="warning")
    host["artifacts"][evil] = {"manifest": {evil: [evil]}}
    (home / "campaign.json").write_text(json.dumps(plan))
    path = home / "cells/epyc1/svsm-2vm-r1/failure.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"message": evil, "hint": evil}))
    assert build_report(home)
    page = read(home)
    assert not page.of("script")
    assert not page.of("b<b>")
    assert page.text.count(evil) >= 6
    assert "a<b>$x$" in page.text


def test_several_hosts_are_told_apart(tmp_path: Path, small: synthetic.Spec) -> None:
    small.backends = {
        "epyc1": {"plain": "kvm", "svsm": "snp"},
        "laptop": {"plain": "emulated", "svsm": None},
    }
    build_report(home := synthetic.build(tmp_path, small))
    page = read(home)
    assert "SVSM against plain on epyc1" in page.text
    assert "SVSM against plain on laptop" in page.text
    assert "VMs on laptop ran under emulation" in page.text
    assert page.text.count(STAMPED) == 2  # the laptop's pictures, not the EPYC's


def test_a_campaign_that_has_not_started_has_a_page(tmp_path: Path, small: synthetic.Spec) -> None:
    small.unrun = frozenset(cell.id for cell in synthetic.plan(small))
    build_report(home := synthetic.build(tmp_path, small))
    page = read(home)
    assert "Nothing was measured yet." in page.text
    assert "not run yet" in page.text
    assert (home / "results.csv").read_text().count("\n") == 1
