"""Print what the parsers make of a traced fleet's folder, as JSON: each VM's launch and exits."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from pyrunner.parsers.boot import parse_boot
from pyrunner.parsers.raw import Fleet
from pyrunner.parsers.trace import read_traces
from pyrunner.parsers.traced import exit_values, join

folder = Path(sys.argv[1])
traces = read_traces(Fleet.read(folder))
joined = {
    vm: join(parse_boot(folder / vm), trace, folder / vm, "plain") for vm, trace in traces.items()
}
exits = exit_values(traces)
told = {
    vm: {
        "launch": {value.benchmark: value.value for value in traced.launch},
        "events": [event.name for event in traced.boot.events if event.source == "bpf"],
        "exits": {value.benchmark: value.value for value in exits[vm] if value.metric == "count"},
    }
    for vm, traced in joined.items()
}
sys.stdout.write(json.dumps(told))
