"""Make up two small campaigns below a folder: one whole, one with a failed cell."""

from __future__ import annotations

import sys
from pathlib import Path

from tests.builders import synthetic

whole = synthetic.plain_only()
whole.name, whole.fleet_sizes, whole.repeats, whole.passes = "whole", (1, 2), 2, 1
failed = synthetic.plain_only()
failed.name, failed.fleet_sizes, failed.repeats, failed.passes = "failed", (1,), 2, 1
failed.failed = frozenset({"plain-1vm-r2"})
for spec in (whole, failed):
    synthetic.build(Path(sys.argv[1]), spec)
