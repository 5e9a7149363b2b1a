"""The command group behind ``./testbed``."""

from __future__ import annotations

import importlib

import click

COMMANDS = {
    "run": "pyrunner.cli.run",
    "preflight": "pyrunner.cli.preflight",
    "report": "pyrunner.cli.report",
    "verify-report": "pyrunner.cli.verify_report",
    "verify": "pyrunner.cli.verify",
    "reference": "pyrunner.cli.reference",
    "teardown": "pyrunner.cli.teardown",
    "test": "pyrunner.cli.test",
}


class LazyGroup(click.Group):
    """Loads a command's module only when it is asked for: scipy alone takes a second."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names of the commands, in the order in which a user meets them."""
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Load a command."""
        del ctx
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(COMMANDS[cmd_name])
        command = getattr(module, cmd_name.replace("-", "_"))
        assert isinstance(command, click.Command)  # noqa: S101 - a mistake in COMMANDS
        return command


@click.group(cls=LazyGroup)
def main() -> None:
    """Testbed for AMD SEV-SNP VMs with and without an SVSM.

    Provisions VMs of three variants (plain, cvm, svsm), measures their boot and what they do in
    fleets of 1 and 8, and compares them. Runs on EPYC hosts and, emulated, on any machine.
    """
