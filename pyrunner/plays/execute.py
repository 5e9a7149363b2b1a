"""Run one playbook by ansible-runner and hand its events on."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pyrunner.errors import TestbedError
from pyrunner.paths import LOCAL_INVENTORY, REPOSITORY, RUNNER

if TYPE_CHECKING:
    from collections.abc import Callable

    Event = dict[str, Any]


@dataclass(frozen=True)
class Play:
    """A playbook and what it is given.

    Attributes:
        playbook: path below the repository, like ``playbooks/site.yml``.
        inventory: path of an inventory, absolute or below the repository.
        variables: extra variables.
        become_password: for sudo; never written to disk by us, never logged.
        log_name: name of the log below ``.runner/logs``.
    """

    playbook: str
    inventory: str = LOCAL_INVENTORY
    variables: dict[str, Any] = field(default_factory=dict)
    become_password: str = ""
    log_name: str = "ansible"


@dataclass(frozen=True)
class Outcome:
    """How it ended.

    Attributes:
        status: ``successful``, ``failed``, ``canceled`` or ``timeout``, ansible-runner's words.
        code: ansible-playbook's exit status.
        log: all that ansible-playbook said.
    """

    status: str
    code: int
    log: Path


def execute(play: Play, on_event: Callable[[Event], None]) -> Outcome:
    """Run a playbook to its end, or until Ctrl-C or SIGTERM: then the status is ``canceled``.

    Args:
        play: what to run.
        on_event: called with every event of ansible-runner, in order.

    Raises:
        TestbedError: Ansible could not be started.
    """
    import ansible_runner  # noqa: PLC0415 - slow to load, and `--help` need not wait for it

    log = RUNNER / "logs" / f"{play.log_name}-{time.strftime('%Y%m%d-%H%M%S')}.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    inventory = _inventory(play.inventory)
    private = Path(tempfile.mkdtemp(prefix="run.", dir=RUNNER))
    with log.open("w", encoding="utf-8") as stream:
        try:
            run = ansible_runner.interface.run(
                private_data_dir=str(private),
                project_dir=str(REPOSITORY),
                playbook=play.playbook,
                inventory=str(inventory),
                extravars=play.variables,
                passwords=_passwords(play),
                cmdline="--ask-become-pass" if play.become_password else None,
                envvars=_environment(),
                event_handler=_logging(on_event, stream),
                quiet=True,
                suppress_env_files=True,
            )
        finally:
            shutil.rmtree(private, ignore_errors=True)
    return Outcome(str(run.status), int(run.rc or 0), log)


def _inventory(path: str) -> Path:
    """Find the inventory.

    Raises:
        TestbedError: there is none.
    """
    for candidate in (Path(path), REPOSITORY / path):
        if candidate.exists():
            return candidate.resolve()
    raise TestbedError(f"there is no inventory {path}", "inventories/ has two to start from")


def _passwords(play: Play) -> dict[str, str] | None:
    """Answers to ansible-playbook's questions."""
    return {r"BECOME password.*:\s*?$": play.become_password} if play.become_password else None


def _environment() -> dict[str, str]:
    """What ansible-playbook needs to find this repository's configuration and this Python."""
    return {
        "ANSIBLE_CONFIG": str(REPOSITORY / "ansible.cfg"),
        "ANSIBLE_FORCE_COLOR": "0",
        "ANSIBLE_NOCOLOR": "1",
        "PATH": f"{Path(sys.executable).parent}:{os.environ.get('PATH', os.defpath)}",
    }


def _logging(on_event: Callable[[Event], None], stream: Any) -> Callable[[Event], bool]:  # noqa: ANN401 - a text stream
    """Write what ansible-playbook said to the log, then hand the event on."""

    def handle(event: Event) -> bool:
        if event.get("stdout"):
            stream.write(event["stdout"] + "\n")
            stream.flush()
        on_event(event)
        return False  # ansible-runner need not keep it

    return handle
