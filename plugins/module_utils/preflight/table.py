"""The findings as lines for people: what was seen, and what to do about it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

INDENT: Final = " " * 9


def table(preflight: dict[str, Any]) -> list[str]:
    """Lines of text: a row for each check and variant, a hint below each that wants one."""
    checks = preflight["checks"]
    width = max(len(check["title"]) for check in checks)
    lines = [line for check in checks for line in _check_lines(check, width)]
    for name, variant in preflight["variants"].items():
        lines += _variant_lines(name, variant)
    return lines


def _check_lines(check: dict[str, str], width: int) -> Iterator[str]:
    """One check: status, title, what was seen; then the hint."""
    yield f"{check['status']:<8} {check['title']:<{width}}  {check['detail']}"
    if check["hint"]:
        yield f"{INDENT}-> {check['hint']}"


def _variant_lines(name: str, variant: dict[str, Any]) -> Iterator[str]:
    """One variant: where it runs, or why it is skipped."""
    if variant["runnable"]:
        yield f"{name:<8} runs on backend {variant['backend']}, room for {variant['max_fleet']} VMs"
    else:
        yield f"{name:<8} skipped: {variant['reason']}"
    if variant["hint"]:
        yield f"{INDENT}-> {variant['hint']}"
