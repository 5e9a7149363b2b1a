"""What the testbed calls its own on a host."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from .tasks import Task, is_ours, read_tasks

if TYPE_CHECKING:
    from ..preflight.host import Host


@dataclass(frozen=True)
class Scope:
    """Where to look.

    Attributes:
        host: the host.
        state_dir: the testbed's folder; its fleets are below ``run/``.
        artifact_dir: the testbed's folder for what it builds; the same one, as a rule.
        ports: SSH ports of its VMs.
        huge_pages: pages that host_setup reserves by size in KiB.
        interrupts: where interrupts were before fleets moved them, by number.
    """

    host: Host
    state_dir: Path
    artifact_dir: Path
    ports: tuple[int, ...] = ()
    huge_pages: dict[int, int] = field(default_factory=dict)
    interrupts: dict[str, str] = field(default_factory=dict)

    @property
    def run_root(self) -> Path:
        """Folder of all fleets."""
        return self.state_dir / "run"

    @cached_property
    def tasks(self) -> list[Task]:
        """All processes, read once."""
        return read_tasks(self.host)

    @cached_property
    def ours(self) -> list[Task]:
        """The processes that the testbed started for its fleets."""
        return [task for task in self.tasks if is_ours(task, self.run_root)]

    @cached_property
    def fleet_files(self) -> list[Path]:
        """Every file below ``run/``, as the host's paths; looked for once."""
        top = self.host.at(str(self.run_root))
        found = [Path(folder, name) for folder, _, names in os.walk(top) for name in names]
        return sorted(Path("/", path.relative_to(self.host.root)) for path in found)

    @property
    def folders(self) -> list[Path]:
        """The testbed's folders, each once."""
        return list(dict.fromkeys([self.state_dir, self.artifact_dir]))

    def below(self, pattern: str) -> list[Path]:
        """What `pattern` finds in the folder of what is built, as the host's paths."""
        return [Path(path) for path in self.host.glob(f"{self.artifact_dir}/{pattern}")]
