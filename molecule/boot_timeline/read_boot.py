"""Print what the boot parser makes of the VM folders named on the command line, as JSON."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from pyrunner.parsers.boot import parse_boot

traces = [parse_boot(Path(folder)) for folder in sys.argv[1:]]
sys.stdout.write(json.dumps({trace.vm: trace.phases for trace in traces}))
