"""What a user sees while a campaign runs: now, how far, how long."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Self

from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from pyrunner.plays.estimate import Estimate
from pyrunner.plays.state import CampaignState, label_of

if TYPE_CHECKING:
    from rich.console import Console

    Event = dict[str, Any]


def clock(seconds: float) -> str:
    """Minutes and seconds, like ``4:05``."""
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"


class Watcher:
    """Follows a campaign's events and shows them: a live line on a terminal, else lines of text."""

    def __init__(self, console: Console, profile: str) -> None:
        """Show on `console`."""
        self.console = console
        self.profile = profile
        self.state = CampaignState()
        self.estimate: Estimate | None = None
        self.begun: dict[str, float] = {}
        self.shown = ""
        self.started = time.monotonic()
        self.bar = Progress(
            TextColumn("[bold]cells"),
            BarColumn(bar_width=24),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("{task.description}"),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self.task = self.bar.add_task("starting", total=None)

    def __enter__(self) -> Self:
        """Begin to show."""
        self.bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        """End the live line."""
        self.bar.stop()

    def on_event(self, event: Event) -> None:
        """Take an event of ansible-runner."""
        cells, done, failed = (
            len(x) for x in (self.state.cells, self.state.done, self.state.failed)
        )
        lost = set(self.state.unreachable)
        self.state.take(event)
        if not cells and self.state.cells:
            self._planned()
        elif len(self.state.cells) > cells:
            self._grown(self.state.cells[cells:])
        if len(self.state.done) > done and cells:
            self._ended(self.state.done[-1], "done")
        if len(self.state.failed) > failed:
            self._ended(list(self.state.failed)[-1], "failed")
        for host in self.state.unreachable.keys() - lost:
            self._lost(host)
        self._note_beginnings()
        self._show()

    def _planned(self) -> None:
        """Tell what will run and what will not, and why."""
        state = self.state
        self.estimate = Estimate(state.suites, self.profile)
        self.say(
            f"[bold]{len(state.cells)} cells[/] planned, {len(state.done)} done already, "
            f"suites: {', '.join(state.suites) or 'none (boot times alone)'}; "
            f"about {clock(self.remaining())} to go"
        )
        for name, note in state.notes.items():
            if not note.get("available", True) and name not in state.suites:
                self.say(f"  [yellow]{name} is not used:[/] {escape(why(note))}")
        for label, reason in skips(state.skipped).items():
            self.say(f"  [yellow]skipped {label}:[/] {escape(reason)}")
        self.bar.update(self.task, total=len(state.cells), completed=len(state.done))

    def _grown(self, cells: list[dict[str, Any]]) -> None:
        """Tell that there are more cells than were planned first."""
        names = ", ".join(label_of(cell) for cell in cells)
        self.say(f"  [yellow]noisy:[/] {len(cells)} more cells: {escape(names)}")
        self.bar.update(self.task, total=len(self.state.cells))

    def _lost(self, host: str) -> None:
        """Tell at once that a host does not answer: others may go on for hours."""
        message = " ".join(self.state.unreachable[host].split())
        self.say(f"  [red]lost[/]   {host}: {escape(message)}; --resume does what it leaves")

    def _note_beginnings(self) -> None:
        """Remember when cells began."""
        for host, state in self.state.hosts.items():
            if state.cell:
                self.begun.setdefault(f"{host}/{state.cell}", time.monotonic())

    def _ended(self, label: str, how: str) -> None:
        """A cell has ended."""
        seconds = time.monotonic() - self.begun.get(label, time.monotonic())
        cell = self._cell(label)
        if self.estimate and cell and how == "done":
            self.estimate.learn(cell, seconds)
        over = len(self.state.done) + len(self.state.failed)
        self.bar.update(self.task, completed=over)
        where = f"{over}/{len(self.state.cells)}"
        left = f"about {clock(self.remaining())} to go" if self.remaining() else ""
        if how == "done":
            self.say(f"  [green]done[/]   {label} in {clock(seconds)}  ({where}) {left}")
        else:
            message, hint = self.state.failed[label]
            self.say(f"  [red]failed[/] {label}: {escape(message)}  ({where}) {left}")
            if hint:
                self.say(f"         hint: {escape(hint)}")

    def _cell(self, label: str) -> dict[str, Any] | None:
        """The planned cell with that label."""
        found = (cell for cell in self.state.cells if label_of(cell) == label)
        return next(found, None)

    def remaining(self) -> float:
        """Seconds until the last cell ends, hosts working side by side."""
        if self.estimate is None:
            return 0.0
        over = {*self.state.done, *self.state.failed}
        left: dict[str, float] = {}
        for cell in self.state.cells:
            label = label_of(cell)
            if label not in over and cell["host"] not in self.state.unreachable:
                spent = time.monotonic() - self.begun[label] if label in self.begun else 0.0
                left[cell["host"]] = left.get(cell["host"], 0.0) + max(
                    self.estimate.of(cell) - spent, 1.0
                )
        return max(left.values(), default=0.0)

    def _show(self) -> None:
        """Show what goes on now."""
        now = "; ".join(
            f"{host}: {state.cell} {state.doing}".replace("  ", " ")
            for host, state in self.state.hosts.items()
            if state.doing and host != "localhost"
        )
        left = f", about {clock(self.remaining())} to go" if self.remaining() else ""
        self.bar.update(self.task, description=escape(now + left))
        if not self.console.is_terminal and now != self.shown:
            self.say(f"  {clock(time.monotonic() - self.started)} {escape(now)}")
        self.shown = now

    def say(self, text: str) -> None:
        """Print a line that stays."""
        self.console.print(text, highlight=False, soft_wrap=True)


def why(note: dict[str, Any]) -> str:
    """Reason and hint in a line."""
    return f"{note.get('reason', '')} -> {note['hint']}" if note.get("hint") else note["reason"]


def skips(skipped: list[dict[str, Any]]) -> dict[str, str]:
    """What is skipped, put together by reason: ``host/variant`` to reason and hint."""
    return {f"{entry['host']}/{entry['variant']}": why(entry) for entry in skipped}
