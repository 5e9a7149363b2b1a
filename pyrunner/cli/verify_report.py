"""The ``verify-report`` command: whether an SEV-SNP attestation report is to be believed."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import click

from pyrunner.attestation.policy import Expectations, report_data_of
from pyrunner.cli import options
from pyrunner.cli.report import told
from pyrunner.cli.verify_options import FILE, chain_options, policy_options
from pyrunner.errors import TestbedError, UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from rich.console import Console

    from pyrunner.attestation.appraise import Verdict
    from pyrunner.attestation.roots import Trust
    from pyrunner.attestation.verify import Anchors

CHECKED: Final = (
    *("vmpl", "measurement", "host_data", "min_guest_svn", "min_tcb"),
    *("allow_debug", "allow_migration_agent"),
)
"""Options that are expectations of the same name."""

SHOWN: Final = {
    "verified": ("green", "VERIFIED", "genuine: its chain ends in AMD's root {root}"),
    "emulated": ("yellow", "EMULATED", "verified, but by {root}: nothing is protected by hardware"),
    "refused": ("red", "NOT VERIFIED", "do not believe the report"),
}


@click.command(name="verify-report", context_settings=options.CONTEXT)
@click.argument("report_file", metavar="REPORT", type=FILE)
@chain_options
@policy_options
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead, for programs.")
def verify_report(
    report_file: Path,
    vcek_file: Path,
    chain_file: Path,
    *,
    as_json: bool,
    **given: Any,  # noqa: ANN401
) -> None:
    """Verify the SEV-SNP attestation report in the file REPORT, raw or in hexadecimal.

    A report is genuine if the chip's certificate (VCEK) holds the key that signed it, is made for
    the report's chip and TCB version, and is certified by AMD: Milan's, Genoa's and Turin's roots
    are known. Of what a genuine report says, only what is asked for below is checked, and that
    neither debugging nor migration is allowed.

    \b
    Example: a guest below an SVSM answers a nonce
      ./testbed verify-report report.bin --vcek vcek.der --cert-chain chain.pem \\
          --vmpl 2 --measurement 7a1e... --nonce 00112233445566778899aabbccddeeff

    Exit status: 0 verified (EMULATED is: its root was named with --trust-root), 1 not verified,
    with each reason in a line, 2 wrong use or a file that cannot be read.
    """  # noqa: D301 - \b is click's
    try:
        wanted = expectations(given)
        verdict = judge((report_file, vcek_file, chain_file), given, wanted)
    except TestbedError as error:
        raise told(UsageError(error.message, error.hint)) from error
    show(verdict, as_json=as_json)
    status = 2 if verdict.unreadable else 1
    raise SystemExit(0 if verdict.verified else status)


def expectations(given: dict[str, Any]) -> Expectations:
    """Take what a report must say from the command line.

    Raises:
        UsageError: report data was given twice over.
    """
    if given["nonce"] is not None and given["report_data"] is not None:
        raise UsageError("--nonce and --report-data both say what the report data is; give one")
    nonce = given["nonce"]
    return Expectations(
        report_data=given["report_data"] if nonce is None else report_data_of(nonce),
        **{name: given[name] for name in CHECKED},
    )


def judge(files: tuple[Path, Path, Path], given: dict[str, Any], wanted: Expectations) -> Verdict:
    """Read the files (report, endorsement certificate, chain) and come to a verdict.

    Raises:
        TestbedError: a file cannot be read; named root or revocation list are something else.
    """
    from pyrunner.attestation.appraise import appraise  # noqa: PLC0415 - `--help` need not wait

    report, endorsement, authorities = (read(path) for path in files)
    return appraise(report, endorsement, authorities, anchors(given), wanted)


def anchors(given: dict[str, Any]) -> Anchors:
    """Take what a chain is judged by from the command line.

    Raises:
        TestbedError: as :func:`judge`.
    """
    from pyrunner.attestation.certificates import read_certificate  # noqa: PLC0415 - as above
    from pyrunner.attestation.revocation import read_revocation_list  # noqa: PLC0415 - as above
    from pyrunner.attestation.verify import Anchors  # noqa: PLC0415 - as above

    root, crl = given["trust_root_file"], given["crl_file"]
    return Anchors(
        at=given["at"] or datetime.now(UTC),
        root=read_certificate(read(root), str(root)) if root else None,
        revoked=read_revocation_list(read(crl), str(crl)) if crl else None,
    )


def read(path: Path) -> bytes:
    """Read a file that is small if it is what it should be.

    Raises:
        TestbedError: it cannot be read.
    """
    from pyrunner.files import disk_errors  # noqa: PLC0415 - as above

    with disk_errors(path):
        return path.read_bytes()


def show(verdict: Verdict, *, as_json: bool) -> None:
    """Print a verdict."""
    from pyrunner.attestation import view  # noqa: PLC0415 - as above

    if as_json:
        click.echo(json.dumps(view.as_dict(verdict), indent=1))
        return
    from rich.console import Console  # noqa: PLC0415 - as above

    console = Console(highlight=False, soft_wrap=True)
    for name, value in view.rows(verdict.report) if verdict.report else []:
        console.print(f"{name:<13}", value, style="dim", markup=False)
    for failure in verdict.failures:
        console.print(f"{failure.reason}: {failure.message}", style="red", markup=False)
    conclude(console, SHOWN[view.word(verdict)], verdict.trust)


def conclude(console: Console, shown: tuple[str, str, str], trust: Trust | None) -> None:
    """Print the last line, which tells the verdict.

    Args:
        console: where to.
        shown: style, verdict and what it means, with a place for the root's name.
        trust: the root's.
    """
    style, title, meaning = shown
    root = trust.root if trust else ""
    console.print(f"{title}: {meaning.format(root=root)}", style=style, markup=False)
