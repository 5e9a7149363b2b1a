"""The ``teardown`` command: nothing of the testbed runs any more, and here is the proof."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from pyrunner.cli import options
from pyrunner.cli.report import told
from pyrunner.errors import TestbedError
from pyrunner.plays.variables import parse

if TYPE_CHECKING:
    Event = dict[str, Any]

PROOF_TASK = "Show what was looked for"
STYLES = {"none": "green", "skipped": "yellow", "left": "red"}


@click.command(context_settings=options.CONTEXT)
@options.inventory
@options.extra
@options.become
def teardown(*, inventory: str, settings: tuple[str, ...], ask_become_pass: bool) -> None:
    """Stop every VM of the testbed on the hosts, remove what running them left, and prove it.

    Ends leftovers of killed runs, too. Then looks for processes, ports, overlays, sockets, huge
    pages, units, ASIDs, mounts and folders of interrupted builds, and names what is left of each,
    and how to end it. Results, built components and installed packages stay.

    Exit status: 0 nothing of the testbed is left, 1 something is, 2 wrong use.
    """
    try:
        variables = parse(settings)
        password = options.become_password(ask=ask_become_pass, inventory_path=inventory)
    except TestbedError as error:
        raise told(error) from error
    raise SystemExit(tear_down(inventory, variables, password))


def tear_down(inventory: str, variables: dict[str, Any], password: str) -> int:
    """Run the playbook and show every host's proof; returns the exit status."""
    from rich.console import Console  # noqa: PLC0415 - `--help` need not wait for it

    from pyrunner.cli.complaints import complain, exit_status  # noqa: PLC0415
    from pyrunner.plays.execute import Play, execute  # noqa: PLC0415
    from pyrunner.plays.state import CampaignState  # noqa: PLC0415

    console = Console()
    state = CampaignState()

    def on_event(event: Event) -> None:
        state.take(event)
        data = event.get("event_data") or {}
        if event.get("event") == "runner_on_ok" and data.get("task") == PROOF_TASK:
            show(console, str(data["host"]), data["res"].get("msg", []))

    play = Play("playbooks/teardown.yml", inventory, variables, password, "teardown")
    outcome = execute(play, on_event)
    complain(console, state)
    status = exit_status(state, outcome)
    if status == 0:
        hosts = ", ".join(state.hosts)
        console.print(f"nothing of the testbed is left on {hosts}", highlight=False)
    return status


def show(console: Any, host: str, table: list[str]) -> None:  # noqa: ANN401 - rich is loaded late
    """Print what was looked for on a host, and what was found."""
    from rich.text import Text  # noqa: PLC0415

    console.print(f"[bold]{host}[/]")
    for line in table:
        style = STYLES.get(line.split(" ", 1)[0], "bold")
        console.print(Text(f"  {line}", style=style), soft_wrap=True)
