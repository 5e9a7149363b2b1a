"""The processors and memory of a testbed host, and where on it the VMs of a fleet go.

It runs on the host itself: only the standard library, Python 3.11 or newer. Nothing here changes
anything: `plan` says where VMs go, role fleet puts them there.
"""

from .errors import PinningError
from .machine import Core, Cpu, HugePages, Node, Topology
from .plan import Place, Plan, plan
from .reading import read_topology
from .room import pool_shortage, shortage

__all__ = [
    "Core",
    "Cpu",
    "HugePages",
    "Node",
    "PinningError",
    "Place",
    "Plan",
    "Topology",
    "plan",
    "pool_shortage",
    "read_topology",
    "shortage",
]
