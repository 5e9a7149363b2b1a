"""A fleet's life on the testbed host: start, wait, run, stop. Standard library only."""
