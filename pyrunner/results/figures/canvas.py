"""Drawing with matplotlib such that the page decides on colours and fonts.

A picture is drawn in stand-in colours; :func:`inline` turns each into a CSS variable of the page,
so that one picture serves light and dark. Text stays text: legible, selectable, small.
"""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import matplotlib as mpl
from markupsafe import Markup, escape
from matplotlib.figure import Figure

if TYPE_CHECKING:
    from collections.abc import Callable

INK, MUTED, GRID, PAPER, STAMP = "#010203", "#010204", "#010205", "#010206", "#010207"
VARIANT_INK: Final = {"plain": "#010301", "cvm": "#010302", "svsm": "#010303"}
VERDICT_INK: Final = {"better": "#010401", "worse": "#010402", "inconclusive": "#010403"}
PHASE_INK: Final = tuple(f"#0105{number:02x}" for number in range(1, 11))

VARIABLES: Final = {
    INK: "ink",
    MUTED: "muted",
    GRID: "grid",
    PAPER: "card",
    STAMP: "stamp",
    **{colour: variant for variant, colour in VARIANT_INK.items()},
    **{colour: verdict for verdict, colour in VERDICT_INK.items()},
    **{colour: f"phase{number}" for number, colour in enumerate(PHASE_INK)},
}

SETTINGS: Final[dict[Any, Any]] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "svsm-testbed",  # else ids are random and no two pages are equal
    "text.parse_math": False,  # a name with a dollar sign is not a formula
    "font.size": 8.5,
    "text.color": INK,
    "axes.labelcolor": MUTED,
    "axes.edgecolor": GRID,
    "axes.facecolor": "none",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.spines.left": False,
    "axes.axisbelow": True,
    "xtick.color": GRID,
    "xtick.labelcolor": MUTED,
    "ytick.labelcolor": INK,
    "ytick.major.size": 0,
    "grid.color": GRID,
    "grid.linewidth": 0.6,
    "figure.facecolor": "none",
    "legend.frameon": False,
}
WIDTH: Final = 7.6
"""Inches; at 72 units each, the page shows about 1.6 pixels a unit."""

STAMP_TEXT: Final = "EMULATED · functional run, not performance"


@dataclass(frozen=True, slots=True)
class Picture:
    """A finished picture: ``svg`` goes into the page as it is; ``text`` says what it shows."""

    title: str
    text: str
    svg: Markup


def draw(
    name: str, title: str, text: str, height: float, paint: Callable[[Figure], None]
) -> Picture:
    """Make a picture.

    Args:
        name: unique within the page; ids are made from it.
        title: what a reader sees above the picture.
        text: what the picture shows, for those who cannot see it.
        height: in inches.
        paint: fills the figure.
    """
    with mpl.rc_context():
        mpl.rcdefaults()  # a user's own settings must not change the page
        mpl.rcParams.update(SETTINGS)
        figure = Figure(figsize=(WIDTH, height), layout="constrained")
        paint(figure)
        raw = io.StringIO()
        figure.savefig(raw, format="svg", metadata={"Date": None})
    return Picture(title, text, inline(raw.getvalue(), name, title, text))


def stamp(figure: Figure, *, emulated: bool) -> None:
    """Write across the top of an emulated run's picture what it is."""
    if emulated:
        figure.suptitle(STAMP_TEXT, x=0.005, ha="left", fontsize=8, fontweight="bold", color=STAMP)


def inline(svg: str, name: str, title: str, text: str) -> Markup:
    """Turn matplotlib's document into an element of an HTML page.

    Its own prolog and metadata (with addresses of schemas) go, ids get the picture's name, and
    stand-in colours become variables.
    """
    body = svg[svg.index("<g id=") : svg.rindex("</svg>")]
    box = re.search(r'viewBox="([^"]+)"', svg)
    used = set(re.findall(r'href="#([^"]+)"', body)) | set(re.findall(r"url\(#([^)]+)\)", body))
    body = re.sub(r' id="([^"]*)"', lambda it: it[0] if it[1] in used else "", body)
    body = re.sub(r'( id="|xlink:href="#|url\(#)', rf"\g<1>{name}-", body)
    body = body.replace("xlink:href", "href")
    body = re.sub(r" *font-family: [^;\"]+;?", "", body)
    body = re.sub(r"#01[0-9a-f]{4}", lambda found: f"var(--{VARIABLES[found[0]]})", body)
    return Markup(  # noqa: S704 - matplotlib escapes text, and the rest is escaped here
        f'<svg role="img" aria-labelledby="{name}-t {name}-d" viewBox="{box[1] if box else ""}">'
        f'<title id="{name}-t">{escape(title)}</title><desc id="{name}-d">{escape(text)}</desc>'
        f"{body}</svg>"
    )
