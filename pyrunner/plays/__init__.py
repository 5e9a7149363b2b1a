"""Running playbooks from Python: ansible-runner, its events, what a user sees of them."""
