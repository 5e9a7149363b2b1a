"""The answers as lines for people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .finding import Answer

INDENT: Final = " " * 9
SHOWN: Final = 5
"""Findings of a kind that tell enough: what eight VMs leave, they leave eight times."""


def table(answers: list[Answer]) -> list[str]:
    """A line for each kind; below it what is left, and how to end that."""
    width = max(len(answer.title) for answer in answers)
    return [line for answer in answers for line in lines(answer, width)]


def lines(answer: Answer, width: int) -> Iterator[str]:
    """One kind."""
    yield f"{answer.status:<8} {answer.title:<{width}}  {answer.detail}".rstrip()
    for finding in answer.findings[:SHOWN]:
        yield f"{INDENT}{finding.what}"
        yield f"{INDENT}-> {finding.hint}"
    if answer.findings[SHOWN:]:
        yield f"{INDENT}and {len(answer.findings) - SHOWN} more"
