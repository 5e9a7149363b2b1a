"""The report page in a real browser: it shows, it fits, it complains of nothing."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from html import escape
from typing import TYPE_CHECKING

import pytest
from matplotlib import image

if TYPE_CHECKING:
    from pathlib import Path

CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
    *("--hide-scrollbars", "--enable-logging=stderr", "--timeout=30000"),
)
PROBE = """<script>
addEventListener("load", () => {
  const root = document.documentElement, wide = [];
  for (const it of document.querySelectorAll("main > *, header *, h2, h3, .tiles dd"))
    if (it.getBoundingClientRect().right > innerWidth + 1 || it.scrollWidth > it.clientWidth + 1
        && getComputedStyle(it).display != "inline" && !it.closest(".scroll, svg")
        && it.clientWidth) wide.push(it.tagName + "." + it.className);
  const drawn = [...document.querySelectorAll("svg[role=img] text")];
  const told = {inner: innerWidth, scroll: root.scrollWidth, wide,
    pictures: document.querySelectorAll("svg[role=img]").length,
    smallest: Math.min(...drawn.map(it => it.getBoundingClientRect().height))};
  parent.document.body.insertAdjacentHTML("beforeend",
    "<pre id=probe>" + JSON.stringify(told) + "</pre>");
});
</script>"""
PICTURES = {"everything": 5, "plain_only": 2, "measured_campaign": 7, "checked": 3}
"""Campaigns that conftest.py has, and how many pictures their pages show."""
LEGIBLE = 9.0
"""Least height of a line of text in a picture, in px."""

pytestmark = pytest.mark.skipif(
    CHROMIUM is None, reason="no Chromium here: apt-get install chromium to see the page tested"
)


def browse(page: Path, profile: Path, *flags: str) -> tuple[str, list[str]]:
    """Open a page; return what the browser printed and what its console complained of."""
    done = subprocess.run(
        [str(CHROMIUM), *FLAGS, f"--user-data-dir={profile}", *flags, page.as_uri()],
        capture_output=True,
        check=True,
        timeout=120,
    )
    complaints = [line for line in done.stderr.decode().splitlines() if "CONSOLE" in line]
    return done.stdout.decode(), complaints


@pytest.mark.parametrize("name", [*PICTURES])
@pytest.mark.parametrize(("width", "scheme"), [(1280, 1), (1280, 0), (390, 1)])
def test_the_page_shows(
    tmp_path: Path, request: pytest.FixtureRequest, name: str, width: int, scheme: int
) -> None:
    home: Path = request.getfixturevalue(name)
    shot = tmp_path / "shot.png"
    _, complaints = browse(
        *(home / "report.html", tmp_path / "profile", f"--screenshot={shot}"),
        *(f"--window-size={width},2400", f"--blink-settings=preferredColorScheme={scheme}"),
    )
    assert complaints == []
    pixels = image.imread(shot)[:, :, :3]
    assert pixels.shape[:2] == (2400, width)
    assert (pixels.mean() > 0.5) == bool(scheme)  # light, or dark
    rows_with_something = (pixels.std(axis=1).max(axis=1) > 0.01).mean()
    assert rows_with_something > 0.6
    for quarter in range(4):  # no part of it is blank
        assert pixels[600 * quarter : 600 * (quarter + 1)].std() > 0.02


@pytest.mark.parametrize("name", [*PICTURES])
@pytest.mark.parametrize("width", [1280, 760, 360])
def test_the_page_fits(
    tmp_path: Path, request: pytest.FixtureRequest, name: str, width: int
) -> None:
    home: Path = request.getfixturevalue(name)
    text = (home / "report.html").read_text(encoding="utf-8")
    inner = escape(text.replace("</body>", PROBE + "</body>"))
    # A window cannot be narrower than 500 px, a frame can.
    outer = tmp_path / "frame.html"
    outer.write_text(f'<body><iframe width="{width}" height="2000" srcdoc="{inner}"></iframe>')
    dom, complaints = browse(outer, tmp_path / "profile", "--dump-dom", "--window-size=1600,2200")
    assert complaints == []
    found = re.search(r'<pre id="probe">(.*?)</pre>', dom)
    assert found
    told = json.loads(found[1])
    assert told["pictures"] == PICTURES[name]
    assert told["inner"] == width
    assert told["scroll"] <= width, "the page scrolls sideways"
    assert told["wide"] == []
    assert told["smallest"] >= LEGIBLE
