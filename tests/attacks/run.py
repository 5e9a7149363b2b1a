"""Attack a running guest below an SVSM in every way that root has, and print what came of it.

Run by molecule's scenario measurement_slow. Exit status 1 if an attack was not noticed.
"""

from __future__ import annotations

from pathlib import Path

import click

from tests.attacks.forging import forging
from tests.attacks.guest import Guest, Row
from tests.attacks.judging import Verifier
from tests.attacks.requests import own_memory, requests
from tests.attacks.tampering import THINGS, tampering


@click.command()
@click.option("--port", required=True, type=int, help="SSH port of the VM on the loopback.")
@click.option("--keys", required=True, type=click.Path(path_type=Path), help="SSH keys' folder.")
@click.option("--trust-root", required=True, type=click.Path(path_type=Path), help="PEM.")
@click.option("--measurement", required=True, help="Launch digest of the SVSM, hexadecimal.")
@click.option("--serial", required=True, type=click.Path(path_type=Path), help="Its console.")
def run(port: int, keys: Path, trust_root: Path, measurement: str, serial: Path) -> None:
    """Attack, print the table, exit with 1 if anything went unnoticed."""
    guest = Guest(port, keys)
    guest.say("modprobe svsm_measure")
    verifier = Verifier(trust_root.read_bytes(), bytes.fromhex(measurement))
    rows = list(tampering(guest, verifier))
    rows += requests(guest, own_memory(serial.read_text(encoding="utf-8", errors="replace")))
    rows += forging(verifier, guest.measure(THINGS), guest.measure(THINGS))
    click.echo(table(rows))
    raise SystemExit(0 if all(row.good for row in rows) else 1)


def table(rows: list[Row]) -> str:
    """The rows as Markdown, what went wrong first of all."""
    lines = ["| attack | wanted | seen | |", "|---|---|---|---|"]
    for row in sorted(rows, key=lambda row: row.good):
        seen = ", ".join(dict.fromkeys(row.seen))
        verdict = "as it should" if row.good else "NOT NOTICED"
        lines.append(f"| {row.attack} | {row.wanted} | {seen} | {verdict} |")
    return "\n".join(lines)


if __name__ == "__main__":
    run()
