"""The ``reference`` command: writes down what a guest's memory is expected to hold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from pyrunner.cli import options
from pyrunner.cli.report import told
from pyrunner.cli.verify import judge, wanted_of
from pyrunner.cli.verify_options import FILE, evidence_options
from pyrunner.cli.verify_report import read
from pyrunner.cli.verify_values import Hex, NamedFile
from pyrunner.errors import TestbedError, UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from pyrunner.measurement.references import Reference


class RefusedError(TestbedError):
    """Evidence that no reference can be made of: exit status 1."""


@click.command(context_settings=options.CONTEXT)
@click.option("--kernel", metavar="FILE", type=FILE, help="Kernel image that the host boots.")
@click.option("--initrd", metavar="FILE", type=FILE, help="Initrd that the host boots.")
@click.option(
    "--cmdline",
    metavar="TEXT",
    help="Kernel command line that the host boots with, as it is given to QEMU.",
)
@click.option(
    "--algorithm",
    type=click.Choice(["sha384", "sha512"]),
    default="sha384",
    show_default=True,
    help="The firmware's hash algorithm.",
)
@click.option(
    "--from",
    "evidence_files",
    metavar="EVIDENCE",
    type=FILE,
    multiple=True,
    help="Take over what this evidence says, of a guest that you trust. It has to verify. May be "
    "repeated.",
)
@click.option(
    "--nonce",
    "nonces",
    metavar="HEX",
    type=Hex(64),
    multiple=True,
    help="The nonce of that evidence; one for each, in their order.",
)
@click.option("--with-ranges", is_flag=True, help="Take over where in memory things were, too.")
@evidence_options
@click.option(
    "-o",
    "--output",
    metavar="FILE",
    type=NamedFile(exists=False),
    required=True,
    help="Reference file to write.",
)
def reference(output: Path, **given: Any) -> None:  # noqa: ANN401
    """Write what a guest's memory is to hold into a file for `./testbed verify --reference`.

    \b
    Example: what the firmware has to measure, of an SVSM with this launch digest
      ./testbed reference --kernel vmlinuz --initrd initrd.img --cmdline "console=ttyS0" \\
          --measurement 7a1e... -o reference.json

    What a running kernel has in memory is not what is in its file. Its references are taken over
    from the evidence of a guest that is known to be as it should.

    Exit status: 0 written, 1 evidence that does not verify or that contradicts other references,
    2 wrong use or a file that cannot be read or written.
    """  # noqa: D301 - \b is click's
    from pyrunner.files import write_json  # noqa: PLC0415 - `--help` need not wait
    from pyrunner.measurement.references import References  # noqa: PLC0415 - as above

    try:
        records = of_firmware(given)
        for path, nonce in pairs(given["evidence_files"], given["nonces"]):
            merge(records, of_evidence(path, nonce, given), str(path))
        if not records and not given["measurement"]:
            raise UsageError(
                "nothing to write down", "give --kernel, --initrd, --cmdline, --from or all of them"
            )
        write_json(output, References(records, given["measurement"] or b"").as_dict())
    except RefusedError as error:
        raise told(error) from error
    except TestbedError as error:
        raise told(UsageError(error.message, error.hint)) from error
    click.echo(f"{output}: {len(records)} references")


def of_firmware(given: dict[str, Any]) -> dict[str, Reference]:
    """Make the references of files and command line.

    Raises:
        TestbedError: a file cannot be read.
    """
    from pyrunner.measurement.layout import Algorithm  # noqa: PLC0415 - as above
    from pyrunner.measurement.references import firmware_references  # noqa: PLC0415 - as above

    kernel, initrd, cmdline = given["kernel"], given["initrd"], given["cmdline"]
    return firmware_references(
        read(kernel) if kernel else None,
        read(initrd) if initrd else None,
        cmdline.encode() if cmdline is not None else None,
        Algorithm[given["algorithm"].upper()],
    )


def pairs(files: tuple[Path, ...], nonces: tuple[bytes, ...]) -> list[tuple[Path, bytes]]:
    """Give each evidence file its nonce.

    Raises:
        UsageError: there are more of one than of the other.
    """
    if len(files) != len(nonces):
        raise UsageError(
            f"{len(files)} --from and {len(nonces)} --nonce",
            "give the nonce of each evidence file, in their order",
        )
    return list(zip(files, nonces, strict=True))


def of_evidence(path: Path, nonce: bytes, given: dict[str, Any]) -> dict[str, Reference]:
    """Make the references of what an evidence file says.

    Raises:
        RefusedError: it does not verify, with every reason.
        TestbedError: a file cannot be read, or is something else.
    """
    from pyrunner.measurement.references import Reference, References  # noqa: PLC0415 - as above

    verdict = judge(path, given, wanted_of(nonce, given, References()))
    if not verdict.verified or verdict.evidence is None:
        kind = UsageError if verdict.unreadable else RefusedError
        told_all = "; ".join(f"{each.reason}: {each.message}" for each in verdict.failures)
        raise kind(f"{path} is not verified: {told_all}", "nothing of it can be a reference")
    return {
        entry.purpose.text: Reference.of_record(entry.record, with_ranges=given["with_ranges"])
        for entry in verdict.evidence.entries
    }


def merge(records: dict[str, Reference], more: Mapping[str, Reference], source: str) -> None:
    """Add references.

    Raises:
        RefusedError: one contradicts what is there.
    """
    for purpose, each in more.items():
        there = records.setdefault(purpose, each)
        if (there.algorithm, there.digest) != (each.algorithm, each.digest):
            raise RefusedError(
                f"{source}: {purpose} has digest {each.digest.hex()}, {there.digest.hex()} by "
                "another file",
                "the guest did not run what was named, or the evidence is of different guests",
            )
