"""The testbed's Python side: everything that touches data rather than a host."""
