"""Options that several commands share."""

from __future__ import annotations

import os
import shutil
import subprocess
from typing import Final

import click

from pyrunner.errors import UsageError
from pyrunner.paths import LOCAL_INVENTORY

CONTEXT: Final = {"help_option_names": ["-h", "--help"], "max_content_width": 100}

inventory = click.option(
    "-i",
    "--inventory",
    default=LOCAL_INVENTORY,
    show_default=True,
    metavar="INVENTORY",
    help="Ansible inventory with the testbed hosts. inventories/epyc is the one to fill in for "
    "servers.",
)
extra = click.option(
    "-e",
    "--extra-var",
    "settings",
    multiple=True,
    metavar="KEY=VALUE",
    help="Set a variable of a role (see roles/*/README.md); VALUE is YAML. A mapping, "
    "'{key: value}', or a file of them, @FILE, is taken, too. May be repeated.",
)
become = click.option(
    "-K",
    "--ask-become-pass",
    is_flag=True,
    help="Ask for the password of sudo. Without it sudo must not need one.",
)


def become_password(*, ask: bool, inventory_path: str) -> str:
    """Ask for sudo's password if wanted; see early that sudo works on this machine.

    Raises:
        UsageError: this machine is the host, the user is not root, and sudo wants a password.
    """
    if ask:
        return str(click.prompt("BECOME password", hide_input=True))
    if os.geteuid() == 0 or inventory_path != LOCAL_INVENTORY:
        return ""
    sudo = shutil.which("sudo")
    if (
        not sudo
        or subprocess.run([sudo, "-n", "true"], capture_output=True, check=False).returncode
    ):
        raise UsageError(
            "packages and the guest image need root, and sudo does not work without a password",
            "add -K to be asked for it, or run as root",
        )
    return ""
