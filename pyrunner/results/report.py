"""All outputs of a campaign, made only where something changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pyrunner.files import read_json
from pyrunner.results.files import put
from pyrunner.results.inputs import STAMP, SUMMARY, inputs_digest, up_to_date

if TYPE_CHECKING:
    from pathlib import Path


def build_report(campaign_dir: Path) -> bool:
    """Make results.csv, boot_events.csv, junit.xml and report.html of a campaign's folder.

    Where plan, cells and generator are those of the last time, nothing is read or written: the
    costly libraries are not even imported.

    Returns:
        Whether an output changed.

    Raises:
        TestbedError: a file of the campaign is missing, malformed, or not as it was sealed.
    """
    digest = inputs_digest(campaign_dir)
    if up_to_date(campaign_dir, digest):
        return False
    changed = _build(campaign_dir)
    put(campaign_dir / STAMP, digest.encode())  # last: an interrupted report is made again
    return changed


def read_summary(campaign_dir: Path) -> dict[str, Any]:
    """Read what :func:`build_report` keeps for the terminal: values and comparisons as text."""
    return read_json(campaign_dir / SUMMARY)


def _build(folder: Path) -> bool:
    # Imported here, for they bring scipy and matplotlib: two seconds that a no-op must not cost.
    from pyrunner.results.aggregate import aggregate  # noqa: PLC0415
    from pyrunner.results.findings import find  # noqa: PLC0415
    from pyrunner.results.junit import junit  # noqa: PLC0415
    from pyrunner.results.load import load  # noqa: PLC0415
    from pyrunner.results.page import page  # noqa: PLC0415
    from pyrunner.results.summary import summary  # noqa: PLC0415

    campaign, states = load(folder)
    tally, rows_changed = aggregate(folder, campaign.name, states)
    findings = find(campaign, states, tally)
    changes = [
        put(folder / "junit.xml", junit(campaign, states, findings)),
        put(folder / "report.html", page(campaign, states, tally, findings).encode()),
        put(folder / SUMMARY, summary(campaign, states, tally, findings)),
    ]
    return rows_changed or any(changes)
