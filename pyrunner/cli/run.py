"""The ``run`` command: a whole campaign."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from pyrunner.campaign.request import LEAST_SELF_CHECK, PROFILES, SUITES
from pyrunner.campaign.sizes import fleet_sizes
from pyrunner.cli import options
from pyrunner.cli.report import told
from pyrunner.errors import TestbedError, UsageError
from pyrunner.files import write_json
from pyrunner.model import NAME, VARIANTS
from pyrunner.paths import RESULTS
from pyrunner.plays.variables import parse, words

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from rich.console import Console

    from pyrunner.plays.console import Watcher
    from pyrunner.plays.execute import Outcome
    from pyrunner.plays.state import CampaignState

    Event = dict[str, Any]

REMEMBERED: Final = "run.json"
"""File in a campaign's folder with what it was started with, for ``--resume``."""


@dataclass(frozen=True)
class Wanted:
    """What to run.

    Attributes:
        campaign: its name.
        inventory: Ansible's inventory.
        variables: extra variables for Ansible, those of the options included.
    """

    campaign: str
    inventory: str
    variables: dict[str, Any]

    @property
    def folder(self) -> Path:
        """The campaign's folder."""
        return Path(self.variables.get("testbed_results_dir", RESULTS)) / self.campaign

    @property
    def profile(self) -> str:
        """Its profile."""
        return str(self.variables.get("testbed_profile", "quick"))


@click.command(context_settings=options.CONTEXT)
@click.option(
    "--variants",
    metavar="LIST",
    help="plain, cvm, svsm, separated by commas, or all. What cannot run here is skipped, with the "
    "reason and what would make it run.  [default: all]",
)
@click.option(
    "--fleet-sizes",
    metavar="LIST",
    help="Numbers of VMs at a time, like 1,8 or 1-8.  [default: 1,8]",
)
@click.option(
    "--repeats",
    type=click.IntRange(min=1),
    metavar="N",
    help="Runs of every cell. Intervals need at least 2.  [default: 3, on EPYC hosts 10]",
)
@click.option(
    "--suites",
    metavar="LIST",
    help="unixbench, stress_ng, separated by commas. auto takes UnixBench where its source can be "
    "had, else stress_ng.  [default: auto, on EPYC hosts unixbench]",
)
@click.option(
    "--profile",
    type=click.Choice(PROFILES),
    help="quick sees that all works, full makes a table to publish.  [default: quick, on EPYC "
    "hosts full]",
)
@click.option(
    "--campaign",
    metavar="NAME",
    help="Folder of the results below results/.  [default: date and time]",
)
@click.option(
    "--resume",
    is_flag=True,
    help="Run what an interrupted or failed campaign still lacks: the one named, or the newest.",
)
@click.option(
    "--self-check",
    is_flag=True,
    help="Compare plain with itself, to see how often a difference is found where there is none; "
    f"twice the repeats, at least {LEAST_SELF_CHECK}.",
)
@options.inventory
@options.extra
@options.become
def run(*, resume: bool, ask_become_pass: bool, **given: Any) -> None:  # noqa: ANN401 - click's options
    """Run a campaign: prepare the hosts, boot fleets of VMs, benchmark them, report.

    Everything that is needed is installed and built first; what is there already is not made
    again. The results are in results/NAME: report.html to look at, results.csv and
    boot_events.csv to compute with, junit.xml for CI, and the raw outputs of every cell.

    \b
    Examples:
      ./testbed run
      ./testbed run --variants plain --fleet-sizes 1,8 --repeats 3 --campaign first
      ./testbed run --campaign first --resume
      ./testbed run --self-check --fleet-sizes 1,2
      ./testbed run -i inventories/epyc --profile full
      ./testbed run --suites unixbench -e unixbench_source_path=~/byte-unixbench

    Exit status: 0 all cells are done, or skipped for cause; 1 a cell failed, or a self-check has
    too many false alarms; 2 wrong use.
    Ctrl-C loses nothing that is measured: --resume goes on.
    """  # noqa: D301 - click wants the backspace itself before lines that it shall not wrap
    try:
        wanted = resumed(given) if resume else fresh(given)
        password = options.become_password(ask=ask_become_pass, inventory_path=wanted.inventory)
    except TestbedError as error:
        raise told(error) from error
    raise SystemExit(campaign(wanted, password))


def from_options(given: Mapping[str, Any]) -> dict[str, Any]:
    """Ansible's variables for the options that were given.

    Raises:
        UsageError: an option's value is none that can be.
    """
    variables = parse(given["settings"])
    if given["variants"]:
        variables["testbed_variants"] = words(given["variants"], "--variants", VARIANTS, "all")
    if given["suites"]:
        variables["testbed_suites"] = words(given["suites"], "--suites", SUITES, "auto")
    sizes = given["fleet_sizes"] or variables.get("testbed_fleet_sizes")
    if sizes is not None:
        variables["testbed_fleet_sizes"] = fleet_sizes(sizes, "--fleet-sizes")
    if given["repeats"]:
        variables["testbed_repeats"] = given["repeats"]
    if given["profile"]:
        variables["testbed_profile"] = given["profile"]
    if given["self_check"]:
        variables |= self_check(variables.get("testbed_variants", "plain"))
    return variables


def self_check(variants: object) -> dict[str, Any]:
    """Ansible's variables for a self-check.

    Raises:
        UsageError: it is to be of several variants.
    """
    asked = variants.split(",") if isinstance(variants, str) else variants
    if asked == ["all"] or not isinstance(asked, list) or len(asked) != 1:
        message = "--self-check compares one variant with itself"
        raise UsageError(message, "leave --variants out for plain, or name one")
    return {"testbed_self_check": True, "testbed_variants": asked}


def fresh(given: Mapping[str, Any]) -> Wanted:
    """A new campaign.

    Raises:
        UsageError: wrong options, or a campaign of that name is there.
    """
    name = given["campaign"] or time.strftime("%Y%m%d-%H%M%S")
    if not NAME.match(name):
        raise UsageError(
            f"--campaign {name}: not a name for a folder", "letters, digits, dot, dash, underscore"
        )
    wanted = Wanted(name, given["inventory"], {**from_options(given), "testbed_campaign": name})
    if (wanted.folder / "campaign.json").exists():
        raise UsageError(
            f"campaign {name} is there already: {wanted.folder}",
            "add --resume to run what it lacks, or choose another name",
        )
    return wanted


def resumed(given: Mapping[str, Any]) -> Wanted:
    """A campaign to go on with; options that are given add to what it was started with.

    Raises:
        UsageError: there is none, or wrong options.
    """
    added = from_options(given)
    results = Path(added.get("testbed_results_dir", RESULTS))
    name = given["campaign"] or newest(results)
    folder = results / name
    if not (folder / "campaign.json").exists():
        raise UsageError(f"there is no campaign {name} in {results}", "see the names there")
    remembered = folder / REMEMBERED
    before = json.loads(remembered.read_text(encoding="utf-8")) if remembered.exists() else {}
    variables = {**before.get("variables", {}), **added, "testbed_campaign": name}
    inventory = before.get("inventory", given["inventory"])
    return Wanted(name, inventory, variables)


def newest(results: Path) -> str:
    """Name of the campaign that was planned last.

    Raises:
        UsageError: there is none.
    """
    plans = sorted(results.glob("*/campaign.json"), key=lambda path: path.stat().st_mtime)
    if not plans:
        raise UsageError(f"there is no campaign in {results} to resume")
    return plans[-1].parent.name


def campaign(wanted: Wanted, password: str) -> int:
    """Run it and tell how it ended; returns the exit status."""
    from rich.console import Console  # noqa: PLC0415 - `--help` need not wait for it

    from pyrunner.plays.console import Watcher  # noqa: PLC0415
    from pyrunner.plays.execute import Play, execute  # noqa: PLC0415

    console = Console()
    console.print(f"campaign [bold]{wanted.campaign}[/] -> {wanted.folder}", highlight=False)
    play = Play("playbooks/site.yml", wanted.inventory, wanted.variables, password, wanted.campaign)
    with Watcher(console, wanted.profile) as watcher:
        outcome = execute(play, remembering(wanted, watcher))
    return conclude(console, wanted, watcher.state, outcome)


def remembering(wanted: Wanted, watcher: Watcher) -> Callable[[Event], None]:
    """Show events, and as soon as there is a plan keep what it was made with: a kill may come."""

    def on_event(event: Event) -> None:
        planned = bool(watcher.state.cells)
        watcher.on_event(event)
        if watcher.state.cells and not planned:
            started = {"inventory": wanted.inventory, "variables": wanted.variables}
            write_json(wanted.folder / REMEMBERED, started)

    return on_event


def conclude(console: Console, wanted: Wanted, state: CampaignState, outcome: Outcome) -> int:
    """Say how it ended; returns the exit status."""
    from pyrunner.cli.complaints import complain, exit_status  # noqa: PLC0415 - rich is slow

    if outcome.status == "canceled":
        return interrupted(console, wanted)
    # What is said of failed cells says it in more words.
    state.errors = [error for error in state.errors if error[0] != "Fail if a cell failed"]
    complain(console, state)
    if state.cells:
        show_results(console, wanted)
    if outcome.code:
        console.print(f"log: {outcome.log}", highlight=False, soft_wrap=True)
    alarmed = bool(state.cells) and too_many_alarms(wanted)
    return exit_status(state, outcome) or int(alarmed)


def too_many_alarms(wanted: Wanted) -> bool:
    """Whether a self-check found differences where there are none too often to trust a host."""
    from pyrunner.results.report import read_summary  # noqa: PLC0415 - loaded by now

    summary = read_summary(wanted.folder)
    checked = summary["purpose"] == "self_check"
    return checked and any(check["too_many"] for check in summary["self_checks"])


def show_results(console: Console, wanted: Wanted) -> None:
    """Make the report if the run could not, and show its table."""
    from pyrunner.cli.report import print_summary  # noqa: PLC0415 - slow to load
    from pyrunner.results.report import build_report  # noqa: PLC0415

    build_report(wanted.folder)
    print_summary(console, wanted.folder)


def interrupted(console: Console, wanted: Wanted) -> int:
    """Clean up after Ctrl-C and say how to go on."""
    from pyrunner.plays.execute import Play, execute  # noqa: PLC0415 - loaded by now

    console.print("[yellow]interrupted:[/] stopping the VMs")
    execute(Play("playbooks/teardown.yml", wanted.inventory, wanted.variables), lambda _event: None)
    if (wanted.folder / "campaign.json").exists():
        show_results(console, wanted)
        console.print(
            f"what is measured is kept; go on with: "
            f"./testbed run --resume --campaign {wanted.campaign}",
            highlight=False,
            soft_wrap=True,
        )
    return 1
