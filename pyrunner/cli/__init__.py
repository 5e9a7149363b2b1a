"""Command lines: what people type and what Ansible tasks call."""
