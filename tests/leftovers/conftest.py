"""What Ansible does for modules, done for the tests of one."""

from __future__ import annotations

import ansible.module_utils

from pyrunner.paths import REPOSITORY

# Ansible merges our module_utils into its own when it sends a module to a host.
ansible.module_utils.__path__.append(str(REPOSITORY / "plugins/module_utils"))
