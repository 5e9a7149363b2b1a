"""The ``preflight`` command: what the hosts can run, and why not."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pyrunner.cli import options
from pyrunner.cli.report import told
from pyrunner.errors import TestbedError, UsageError
from pyrunner.paths import LOCAL_INVENTORY
from pyrunner.plays.variables import parse

if TYPE_CHECKING:
    Event = dict[str, Any]

MODULE_TASK = "See what this host can run"
STYLES = {"ok": "dim green", "warning": "yellow", "missing": "yellow", "error": "red"}


@click.command(context_settings=options.CONTEXT)
@options.inventory
@options.extra
@click.option(
    "--recorded",
    metavar="DIR",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Look at a recorded host instead, such as those in tests/data/preflight.",
)
@click.option("-v", "--verbose", is_flag=True, help="Show every check, those that are ok as well.")
def preflight(
    inventory: str, settings: tuple[str, ...], recorded: Path | None, *, verbose: bool
) -> None:
    """Check what the testbed hosts can run: which variants, on which backend, and why not.

    Looks at processor, SEV-SNP, KVM, memory, disk, QEMU, kernel and tracing, at what makes results
    vary and at who else uses the host, and changes nothing. Every finding that is not ok comes with
    what to do about it; what is ok is only named.

    Exit status: 0 at least plain VMs can run on every host, 1 a host cannot be used, 2 wrong use.
    """
    try:
        variables = parse(settings) | sysroot(recorded, inventory)
    except TestbedError as error:
        raise told(error) from error
    raise SystemExit(look(inventory, variables, "table" if verbose else "summary"))


def sysroot(recorded: Path | None, inventory: str) -> dict[str, str]:
    """The variable for a recorded host, whose folder is on this machine.

    Raises:
        UsageError: there is no recording, or other hosts are asked for.
    """
    if recorded is None:
        return {}
    if not (recorded / "recorded.json").is_file():
        raise UsageError(
            f"--recorded {recorded}: there is no recorded.json",
            "tests/data/preflight/README.md names the recordings that there are",
        )
    if inventory != LOCAL_INVENTORY:
        raise UsageError("--recorded looks at a folder of this machine", "leave --inventory out")
    return {"preflight_sysroot": str(recorded.resolve())}


def look(inventory: str, variables: dict[str, Any], shown: str) -> int:
    """Run the preflight playbook and show its findings; returns the exit status."""
    from rich.console import Console  # noqa: PLC0415 - `--help` need not wait for it

    from pyrunner.cli.complaints import complain, exit_status  # noqa: PLC0415
    from pyrunner.plays.execute import Play, execute  # noqa: PLC0415
    from pyrunner.plays.state import CampaignState  # noqa: PLC0415

    console = Console()
    state = CampaignState()

    def on_event(event: Event) -> None:
        state.take(event)
        data = event.get("event_data") or {}
        if event.get("event") == "runner_on_ok" and data.get("task") == MODULE_TASK:
            show(console, str(data["host"]), data["res"].get(shown, []))

    outcome = execute(
        Play("playbooks/preflight.yml", inventory, variables, log_name="preflight"), on_event
    )
    complain(console, state)
    return exit_status(state, outcome)


def show(console: Any, host: str, table: list[str]) -> None:  # noqa: ANN401 - rich is loaded late
    """Print a host's findings."""
    from rich.text import Text  # noqa: PLC0415

    console.print(f"[bold]{host}[/]")
    for line in table:
        style = STYLES.get(line.split(" ", 1)[0], "" if line.startswith(" ") else "bold")
        console.print(Text(f"  {line}", style=style), soft_wrap=True)
