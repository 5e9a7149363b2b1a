"""What went wrong outside of cells, on the console."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

if TYPE_CHECKING:
    from rich.console import Console

    from pyrunner.plays.execute import Outcome
    from pyrunner.plays.state import CampaignState


def complain(console: Console, state: CampaignState) -> None:
    """Print what tasks and hosts complained about."""
    for task, message in state.errors:
        console.print(Text.assemble((f"{task}: ", "red"), message), soft_wrap=True)
    for host, message in state.unreachable.items():
        told = Text.assemble((f"host {host} is unreachable: ", "red"), message)
        console.print(told, soft_wrap=True)


def exit_status(state: CampaignState, outcome: Outcome) -> int:
    """Exit status of a command: 0 all well, 1 something failed, 2 wrong use."""
    if state.wrong_use:
        return 2
    return 1 if outcome.code or state.failed or state.unreachable else 0
