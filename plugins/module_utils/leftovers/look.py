"""Every kind, one after the other."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

from . import (
    asids,
    builds,
    files,
    huge_pages,
    interrupts,
    mounts,
    ports,
    processes,
    tracing,
    units,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from .finding import Answer, Finding
    from .scope import Scope

KINDS: Final[tuple[Callable[[Scope], Answer], ...]] = (
    processes.look_at_qemu,
    processes.look_at_stampers,
    processes.look_at_tracers,
    processes.look_at_sessions,
    ports.look,
    files.look_at_overlays,
    files.look_at_sockets,
    files.look_at_pids,
    files.look_at_folders,
    huge_pages.look,
    units.look,
    asids.look,
    interrupts.look,
    mounts.look_at_mounts,
    mounts.look_at_loops,
    builds.look_at_running,
    builds.look_at_abandoned,
    tracing.look,
)


def look(scope: Scope) -> list[Answer]:
    """Look for everything that running the testbed may leave."""
    return [kind(scope) for kind in KINDS]


def left(answers: list[Answer]) -> list[dict[str, Any]]:
    """All findings, each with its kind, and in one line for a person."""
    return [
        {"kind": answer.kind, "told": told(answer, finding), **asdict(finding)}
        for answer in answers
        for finding in answer.findings
    ]


def told(answer: Answer, finding: Finding) -> str:
    """What is left and how to end it."""
    return f"{answer.title}: {finding.what} -> {finding.hint}"
