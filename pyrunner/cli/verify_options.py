"""Options of the commands that verify."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Final, TypeVar

import click

from pyrunner.attestation.tcb import COMPONENTS
from pyrunner.cli.verify_values import Hex, MinTcb, Moment, NamedFile

Command = TypeVar("Command", bound=Callable[..., Any])

VMPL_MAX: Final = 3
FILE: Final = NamedFile()


def trust_options(command: Command) -> Command:
    """Add what a chain of certificates is judged by."""
    for option in (
        click.option(
            "--at",
            metavar="TIME",
            type=Moment(),
            help="Time at which the certificates are to be valid, e.g. 2026-01-31T12:00:00Z."
            "  [default: now]",
        ),
        click.option(
            "--crl",
            "crl_file",
            metavar="FILE",
            type=FILE,
            help="The root's revocation list, PEM or DER. Without it revocation is not checked.",
        ),
        click.option(
            "--trust-root",
            "trust_root_file",
            metavar="FILE",
            type=FILE,
            help="Trust this root certificate and no other. Unless it is AMD's, a report that it "
            "verifies is EMULATED.",
        ),
    ):
        command = option(command)
    return command


def chain_options(command: Command, *, required: bool = True) -> Command:
    """Add what a report is verified with."""
    for option in (
        trust_options,
        click.option(
            "--cert-chain",
            "chain_file",
            metavar="FILE",
            type=FILE,
            required=required,
            help="Intermediate and root certificates (ASK and ARK), PEM.",
        ),
        click.option(
            "--vcek",
            "vcek_file",
            metavar="FILE",
            type=FILE,
            required=required,
            help="The chip's certificate (VCEK), or the provider's (VLEK), PEM or DER.",
        ),
    ):
        command = option(command)
    return command


def min_tcb_option(command: Command) -> Command:
    """Add the least TCB version that is accepted."""
    option = click.option(
        "--min-tcb",
        metavar="NAME=N,...",
        type=MinTcb(),
        default={},
        help=f"Least security versions of the reported TCB: {', '.join(COMPONENTS)}.",
    )
    return option(command)


def policy_options(command: Command) -> Command:
    """Add what a report must say."""
    for option in (
        min_tcb_option,
        click.option(
            "--allow-migration-agent",
            is_flag=True,
            help="Accept a guest that a migration agent may read. Refused by default.",
        ),
        click.option(
            "--allow-debug",
            is_flag=True,
            help="Accept a guest that its host may debug. Refused by default.",
        ),
        click.option(
            "--min-guest-svn",
            metavar="N",
            type=click.IntRange(0),
            help="Least security version of the guest.",
        ),
        click.option(
            "--vmpl",
            metavar="N",
            type=click.IntRange(0, VMPL_MAX),
            help="Privilege level that asked for the report: 0 for an SVSM, or a guest without "
            "one; 2 for a guest below COCONUT-SVSM.",
        ),
        click.option("--host-data", metavar="HEX", type=Hex(32), help="Host data, 32 bytes."),
        click.option(
            "--nonce",
            metavar="HEX",
            type=Hex(),
            help="Fresh bytes that the guest was given: its report data must be their SHA-512.",
        ),
        click.option("--report-data", metavar="HEX", type=Hex(64), help="Report data, 64 bytes."),
        click.option("--measurement", metavar="HEX", type=Hex(48), help="Launch digest, 48 bytes."),
    ):
        command = option(command)
    return command


def evidence_options(command: Command) -> Command:
    """Add what evidence of guest memory is verified with."""
    for option in (
        min_tcb_option,
        partial(chain_options, required=False),
        click.option(
            "--measurement",
            metavar="HEX",
            type=Hex(48),
            help="Launch digest of the SVSM's image, 48 bytes.",
        ),
    ):
        command = option(command)
    return command
