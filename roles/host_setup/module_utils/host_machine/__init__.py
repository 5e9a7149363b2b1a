"""A testbed host as a machine: kernel, boot loader, memory and processors, and what is wanted."""
