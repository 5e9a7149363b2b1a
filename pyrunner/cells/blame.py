"""What a failed Ansible task says, as a message and a hint."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any, Final

TAIL: Final = 600
"""Characters kept of a program's last words."""


def blame(result: dict[str, Any]) -> tuple[str, str]:
    """Find message and hint in the result of a failed task.

    Args:
        result: Ansible's result: of the testbed's modules (``msg``, ``hint``), of a data command
            (JSON with ``error`` and ``hint`` as the last line of ``stdout``), of any other command
            (``rc``, ``stderr``), or of any other module (``msg``).

    Returns:
        Message and hint; the message is never empty.
    """
    told = _told(str(result.get("stdout") or ""))
    if told:
        return told
    message = str(result.get("msg") or "the task failed without a message")
    if result.get("rc") and not result.get("hint"):
        said = str(result.get("stderr") or result.get("stdout") or "")[-TAIL:].strip()
        command = result.get("cmd")
        words = " ".join(map(str, command)) if isinstance(command, list) else str(command or "")
        return f"{message} ({result['rc']}): {words[:200]}: {said}", ""
    return message, str(result.get("hint") or "")


def _told(stdout: str) -> tuple[str, str] | None:
    """What a data command reported, if this is the output of one."""
    with suppress(ValueError, IndexError, KeyError, TypeError):
        report = json.loads(stdout.splitlines()[-1])
        return str(report["error"]), str(report["hint"])
    return None
