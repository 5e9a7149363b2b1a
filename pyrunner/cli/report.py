"""The ``report`` command, and the table that ends a run."""

from __future__ import annotations

from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from pyrunner.errors import TestbedError, UsageError
from pyrunner.results.labels import BOOT, END_TO_END
from pyrunner.results.report import build_report, read_summary

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

STYLES: Final = {"better": "green", "worse": "red", "inconclusive": "dim"}
FITTING: Final = 2
"""Columns that fit into a terminal of 80 characters unbroken."""

MOST_COLUMNS: Final = 3
"""Columns that can be read there at all; of more only the smallest and largest fleet are shown."""

SIGNS: Final = {"better": "▲", "worse": "▼", "inconclusive": "◦"}


class WrongUse(click.ClickException):
    """An error that is the user's to mend on the command line."""

    exit_code = 2


@click.command()
@click.argument(
    "folder", metavar="DIR", type=click.Path(path_type=Path, exists=True, file_okay=False)
)
def report(folder: Path) -> None:
    """Make the report of the campaign in DIR, a folder below results/.

    Writes results.csv, boot_events.csv, junit.xml and report.html into DIR from the cells that
    are done; a campaign that is still running or was interrupted gives a report of what it has.
    Where nothing changed since the last report, nothing is written.

    Prints the comparisons and the page's path. The last line is "changed" or "unchanged".
    """
    try:
        changed = build_report(folder)
    except TestbedError as error:
        raise told(error) from error
    from rich.console import Console  # noqa: PLC0415 - `--help` need not wait for it

    print_summary(Console(), folder)
    click.echo("changed" if changed else "unchanged")


def told(error: TestbedError) -> click.ClickException:
    """Turn an error into one that click shows: status 2 for wrong use, else 1."""
    kind = WrongUse if isinstance(error, UsageError) else click.ClickException
    return kind(error.message + (f"\nHint: {error.hint}" if error.hint else ""))


def print_summary(console: Console, campaign_dir: Path) -> None:
    """Print the comparisons of a campaign that has its report, and where the page is."""
    from rich.markup import escape  # noqa: PLC0415 - as above

    summary = read_summary(campaign_dir)
    for values in summary["values"]:
        console.print(_values(values))
    reasons: dict[str, list[str]] = {}
    for table in summary["tables"]:
        if table["missing"]:
            reasons.setdefault(table["missing"], []).append(table["title"])
        else:
            console.print(_comparison(table))
    for reason, titles in reasons.items():
        console.print(f"[bold]{', '.join(titles)}[/]: not measured. {escape(reason)}")
    for check in summary["self_checks"]:
        style = "red" if check["too_many"] else "dim"
        where = f"Self-check on {check['host']}: "
        console.print(f"[bold]{where}[/][{style}]{escape(check['told'])}[/]", soft_wrap=True)
        if check["hint"]:
            console.print(f"  hint: {check['hint']}", soft_wrap=True, markup=False)
    for told in summary["noise"]:
        console.print(f"[bold]Noise on[/] [yellow]{escape(told)}[/]", soft_wrap=True)
    if summary["emulated"]:
        console.print("[yellow]Emulated: a functional run, not performance.[/]")
    cells = summary["cells"]
    console.print(
        f"{cells['done']} cells done, {cells['failed']} failed, {cells['planned']} not run yet"
    )
    console.print(f"Report: {campaign_dir / 'report.html'}", soft_wrap=True, markup=False)


def _grid(title: str) -> Table:
    from rich import box  # noqa: PLC0415 - as above
    from rich.table import Table  # noqa: PLC0415 - as above

    return Table(title=title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD)


def _values(values: dict[str, Any]) -> Table:
    table = _grid(f"Measured on {values['host']}: mean per VM")
    table.add_column("")
    for column in values["columns"]:
        table.add_column(column, justify="right", no_wrap=True)
    for suite, rows in groupby(values["rows"], key=itemgetter(0)):
        table.add_row(_heading(suite))
        for row in rows:
            table.add_row(*row[1:])
    return table


def _comparison(shown: dict[str, Any]) -> Table:
    """Make the table of a comparison that has values; fleet sizes without any stay out of it."""
    table = _grid(f"{shown['title']} on {shown['host']}: difference and 95 % interval")
    table.add_column("")
    lines = [
        line for line in shown["lines"] if line["suite"] != BOOT or line["benchmark"] == END_TO_END
    ]
    measured = [
        place
        for place in range(len(shown["columns"]))
        if any(line["entries"][place]["percent"] for line in lines)
    ]
    if len(measured) > MOST_COLUMNS:
        measured = [measured[0], measured[-1]]
        table.caption = "fleet sizes in between: see the report"
    for place in measured:
        table.add_column(shown["columns"][place], no_wrap=len(measured) <= FITTING)
    for group, found in groupby(lines, key=itemgetter("group")):
        table.add_row(_heading(group))
        for line in found:
            table.add_row(line["title"], *(_entry(line["entries"][place]) for place in measured))
    return table


def _heading(suite: str) -> Text:
    from rich.text import Text  # noqa: PLC0415 - as above

    return Text(suite, style="bold dim")


def _entry(entry: dict[str, Any]) -> Text:
    from rich.text import Text  # noqa: PLC0415 - as above

    verdict, thesis = entry["verdict"], entry["thesis"]
    told = Text("not measured", style="dim")
    if entry["percent"]:
        told = Text(f"{SIGNS[verdict]} {entry['percent']}", style=STYLES[verdict])
    told.append(f" (thesis {thesis})" if thesis else "", style="dim")
    return told.append(f"\n  {entry['interval']}" if entry["interval"] else "", style="dim")


if __name__ == "__main__":
    report()
