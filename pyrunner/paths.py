"""Where things are in this repository."""

from __future__ import annotations

from pathlib import Path
from typing import Final

REPOSITORY: Final = Path(__file__).resolve().parent.parent
RESULTS: Final = REPOSITORY / "results"
RUNNER: Final = REPOSITORY / ".runner"
"""Logs of ansible-playbook, and what ansible-runner needs while it runs."""
LOCAL_INVENTORY: Final = "inventories/local"
