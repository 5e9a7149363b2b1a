"""The ``verify`` command: whether evidence of what is in a guest's memory is to be believed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import click

from pyrunner.cli import options
from pyrunner.cli.report import told
from pyrunner.cli.verify_options import FILE, evidence_options
from pyrunner.cli.verify_report import anchors, conclude, read
from pyrunner.cli.verify_values import Hex
from pyrunner.errors import TestbedError, UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from pyrunner.measurement.certificates import ChainFiles
    from pyrunner.measurement.references import References
    from pyrunner.measurement.verify import Verdict, Wanted

SHOWN: Final = {
    "verified": ("green", "VERIFIED", "an SVSM on hardware measured this: {root} vouches for it"),
    "emulated": ("yellow", "EMULATED", "verified, but by {root}: nothing is protected by hardware"),
    "refused": ("red", "NOT VERIFIED", "do not believe the evidence"),
}
MOST: Final = (1 << 64) - 1


@click.command(context_settings=options.CONTEXT)
@click.argument("evidence_file", metavar="EVIDENCE", type=FILE)
@click.option(
    "--nonce",
    metavar="HEX",
    type=Hex(64),
    required=True,
    help="The 64 random bytes that the guest was given.",
)
@evidence_options
@click.option(
    "--reference",
    "reference_file",
    metavar="FILE",
    type=FILE,
    help="What records, and the launch digest if the file has it, are to be: see "
    "`./testbed reference`.",
)
@click.option(
    "--expect",
    metavar="PURPOSE",
    multiple=True,
    help="Something that must have been measured, whole or in parts, e.g. kernel-text. May be "
    "repeated.",
)
@click.option(
    "--after-counter",
    metavar="N",
    type=click.IntRange(0, MOST),
    default=0,
    help="Greatest counter that was seen of the same key: later records must exceed it.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead, for programs.")
def verify(evidence_file: Path, *, as_json: bool, **given: Any) -> None:  # noqa: ANN401
    """Verify the file EVIDENCE, in which an SVSM tells what is in its guest's memory.

    The SVSM's key is to be believed if an attestation report that was asked for at VMPL 0 vouches
    for it, with the launch digest and the nonce that are given here; its records, if that key
    signed them for this nonce. Nothing is fetched: certificates are in the evidence, or, if the
    host gave none, in the files that are named.

    \b
    Example:
      nonce=$(openssl rand -hex 64)        # give it to svsm-measure in the guest
      ./testbed verify evidence.bin --nonce $nonce --measurement 7a1e... \\
          --reference reference.json

    Exit status: 0 verified (EMULATED is: its root was named with --trust-root), 1 not verified,
    with each reason in a line, 2 wrong use or a file that cannot be read.
    """  # noqa: D301 - \b is click's
    try:
        references = references_of(given)
        verdict = judge(evidence_file, given, wanted_of(given["nonce"], given, references))
    except TestbedError as error:
        raise told(UsageError(error.message, error.hint)) from error
    show(verdict, references, as_json=as_json)
    status = 2 if verdict.unreadable else 1
    raise SystemExit(0 if verdict.verified else status)


def references_of(given: dict[str, Any]) -> References:
    """Read the reference file; without one nothing is compared.

    Raises:
        TestbedError: it cannot be read.
    """
    from pyrunner.files import read_text  # noqa: PLC0415 - `--help` need not wait
    from pyrunner.measurement.references import References, read_references  # noqa: PLC0415

    path = given["reference_file"]
    return read_references(read_text(path), str(path)) if path else References()


def wanted_of(nonce: bytes, given: dict[str, Any], references: References) -> Wanted:
    """Take what evidence has to show from the command line.

    Raises:
        UsageError: no launch digest is known; something that cannot be measured is expected.
        MeasurementError: as the latter.
    """
    from pyrunner.measurement.purposes import read_purpose  # noqa: PLC0415 - as above
    from pyrunner.measurement.verify import Wanted  # noqa: PLC0415 - as above

    digest = given["measurement"] or references.launch_digest
    if not digest:
        raise UsageError(
            "no launch digest is known that the SVSM is to have",
            "give it with --measurement, or in the file of --reference",
        )
    expected = tuple(given.get("expect", ()))
    for purpose in expected:
        read_purpose(purpose)
    return Wanted(
        nonce=nonce,
        launch_digest=digest,
        after_counter=given.get("after_counter", 0),
        expected=expected,
        references=references,
        min_tcb=given["min_tcb"],
    )


def judge(evidence_file: Path, given: dict[str, Any], wanted: Wanted) -> Verdict:
    """Read the files and come to a verdict.

    Raises:
        UsageError: certificates are both in the evidence and named.
        TestbedError: a file cannot be read, or is something else.
    """
    from pyrunner.measurement.verify import verify as verify_evidence  # noqa: PLC0415 - as above

    chain = named_chain(given)
    verdict = verify_evidence(read(evidence_file), anchors(given), wanted, chain)
    if chain and verdict.evidence and verdict.evidence.key.certificates:
        raise UsageError(
            f"{evidence_file} has certificates of its own", "leave out --vcek and --cert-chain"
        )
    return verdict


def named_chain(given: dict[str, Any]) -> ChainFiles | None:
    """Read the certificates that are named, if any.

    Raises:
        UsageError: only some are.
        TestbedError: a file cannot be read.
    """
    from pyrunner.measurement.certificates import ChainFiles  # noqa: PLC0415 - as above

    vcek, chain = given["vcek_file"], given["chain_file"]
    if vcek is None and chain is None:
        return None
    if vcek is None or chain is None:
        raise UsageError("--vcek and --cert-chain go together; give both or neither")
    return ChainFiles(read(vcek), read(chain))


def show(verdict: Verdict, references: References, *, as_json: bool) -> None:
    """Print a verdict."""
    from pyrunner.attestation.view import word  # noqa: PLC0415 - as above
    from pyrunner.measurement import view  # noqa: PLC0415 - as above

    if as_json:
        click.echo(json.dumps(view.as_dict(verdict, references), indent=1))
        return
    from rich.console import Console  # noqa: PLC0415 - as above

    console = Console(highlight=False, soft_wrap=True)
    found = list(view.rows(verdict, references))
    width = max((len(name) for name, _ in found), default=0)
    for name, value in found:
        console.print(f"{name:<{width}} ", value, style="dim", markup=False)
    for failure in verdict.failures:
        console.print(f"{failure.reason}: {failure.message}", style="red", markup=False)
    conclude(console, SHOWN[word(verdict)], verdict.trust)
