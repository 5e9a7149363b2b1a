"""The ``teardown`` command: nothing of the testbed runs any more."""

from __future__ import annotations

import click

from pyrunner.cli import options
from pyrunner.cli.report import told
from pyrunner.errors import TestbedError
from pyrunner.plays.variables import parse


@click.command(context_settings=options.CONTEXT)
@options.inventory
@options.extra
@options.become
def teardown(*, inventory: str, settings: tuple[str, ...], ask_become_pass: bool) -> None:
    """Stop every VM of the testbed on the hosts and remove what running them left.

    Ends leftovers of killed runs, too, and checks afterwards that nothing is left. Results,
    built components and installed packages stay.

    Exit status: 0 nothing of the testbed runs, 1 something could not be ended, 2 wrong use.
    """
    from rich.console import Console  # noqa: PLC0415 - `--help` need not wait for it

    from pyrunner.cli.complaints import complain, exit_status  # noqa: PLC0415
    from pyrunner.plays.execute import Play, execute  # noqa: PLC0415
    from pyrunner.plays.state import CampaignState  # noqa: PLC0415

    try:
        variables = parse(settings)
        password = options.become_password(ask=ask_become_pass, inventory_path=inventory)
    except TestbedError as error:
        raise told(error) from error
    state = CampaignState()
    play = Play("playbooks/teardown.yml", inventory, variables, password, "teardown")
    outcome = execute(play, state.take)
    console = Console()
    complain(console, state)
    status = exit_status(state, outcome)
    if status == 0:
        hosts = ", ".join(state.hosts)
        console.print(f"nothing of the testbed runs on {hosts}", highlight=False)
    raise SystemExit(status)
