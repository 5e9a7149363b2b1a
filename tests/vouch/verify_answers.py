"""Verify what a VM left when its memory was measured, as sealing does: ``FLEET NONCE < HOST``.

HOST is JSON of a host's entry in campaign.json. For molecule's scenario measurement_slow; prints a
line for each thing, exit status 1 if anything failed.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from pyrunner.parsers.measurement import SUITE, parse
from pyrunner.parsers.suite import read_suite
from pyrunner.vouch.asked import content
from pyrunner.vouch.expected import Expected, Known, command_line
from pyrunner.vouch.judge import judge


def main() -> None:
    """Verify, tell, exit."""
    fleet, nonce = Path(sys.argv[1]), sys.argv[2]
    files = read_suite(fleet, SUITE, ["vm1"]).by_vm["vm1"]
    held = content(bytes.fromhex(nonce), "vm1", files.request()["lines"])
    known = Known(process=held, command_line=command_line(fleet / "vm1" / "qemu.args"))
    vouched = judge(files.files, "vm1", Expected.of("svsm", nonce, json.load(sys.stdin)), known)
    lines = [f"{it.name}: {it.status}: {it.said} [{it.size} bytes]" for it in vouched.things]
    lines += [f"{v.benchmark}: {v.value:g} {v.unit}" for v in parse(files) if v.metric != "pass"]
    sys.stdout.write("\n".join(lines) + "\n")
    sys.exit(1 if vouched.wrong else 0)


if __name__ == "__main__":
    main()
