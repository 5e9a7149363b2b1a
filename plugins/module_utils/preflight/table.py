"""The findings as lines for people: what was seen, and what to do about it."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    Check = dict[str, str]

INDENT: Final = " " * 9
ORDER: Final = ("error", "missing", "warning", "ok")
"""Worst first."""


def table(preflight: dict[str, Any]) -> list[str]:
    """Lines of text: a row for each check and variant, a hint below each that wants one."""
    checks = preflight["checks"]
    return [*_rows(checks, checks), *_variants(preflight)]


def summary(preflight: dict[str, Any]) -> list[str]:
    """The same in short: what is not ok by group, then names of what is, then the variants.

    What only waits for another check is named in one line with it.
    """
    checks = preflight["checks"]
    groups: dict[str, list[Check]] = {}
    for check in checks:
        groups.setdefault(check["group"], []).append(check)
    shown = [check for check in checks if check["status"] != "ok" and not _waits_for(check)]
    lines = [line for group, own in groups.items() for line in _problems(group, own, shown)]
    lines += [line for group, own in groups.items() for line in _fine(group, own)]
    return [*lines, _count(checks), *_variants(preflight)]


def _problems(group: str, checks: list[Check], shown: list[Check]) -> Iterator[str]:
    """A group's findings, worst first, below its name; nothing if all is well."""
    found = [check for check in checks if check["status"] != "ok"]
    if not found:
        return
    yield f"{group}:"
    told = [check for check in found if check in shown]
    yield from _rows(sorted(told, key=lambda check: ORDER.index(check["status"])), shown)
    waiting: dict[str, list[str]] = {}
    for check in found:
        if cause := _waits_for(check):
            waiting.setdefault(cause, []).append(check["title"])
    for cause, titles in waiting.items():
        yield f"missing  until {cause} is ok: {', '.join(titles)}"


def _fine(group: str, checks: list[Check]) -> Iterator[str]:
    """The names of a group's checks that are ok, in one line."""
    titles = [check["title"] for check in checks if check["status"] == "ok"]
    if titles:
        yield f"ok       {group}: {', '.join(titles)}"


def _waits_for(check: Check) -> str:
    """The check that must be ok first, if the hint says nothing else."""
    start, end = "First ", " must be ok"
    hint = check["hint"]
    return hint[len(start) : -len(end)] if hint.startswith(start) and hint.endswith(end) else ""


def _count(checks: list[Check]) -> str:
    """How many checks there are of each status."""
    count = Counter(check["status"] for check in checks)
    words = ", ".join(f"{count[status]} {status}" for status in reversed(ORDER) if count[status])
    return f"{len(checks)} checks: {words}"


def _rows(checks: Iterable[Check], all_shown: list[Check]) -> list[str]:
    """Rows of `checks`, as wide as `all_shown` want it."""
    width = max((len(check["title"]) for check in all_shown), default=0)
    return [line for check in checks for line in _check_lines(check, width)]


def _check_lines(check: Check, width: int) -> Iterator[str]:
    """One check: status, title, what was seen; then the hint."""
    yield f"{check['status']:<8} {check['title']:<{width}}  {check['detail']}"
    if check["hint"]:
        yield f"{INDENT}-> {check['hint']}"


def _variants(preflight: dict[str, Any]) -> list[str]:
    """The conclusion: what runs."""
    rows = preflight["variants"].items()
    return [line for name, variant in rows for line in _variant_lines(name, variant)]


def _variant_lines(name: str, variant: dict[str, Any]) -> Iterator[str]:
    """One variant: where it runs, or why it is skipped."""
    if variant["runnable"]:
        yield f"{name:<8} runs on backend {variant['backend']}, room for {variant['max_fleet']} VMs"
    else:
        yield f"{name:<8} skipped: {variant['reason']}"
    if variant["hint"]:
        yield f"{INDENT}-> {variant['hint']}"
