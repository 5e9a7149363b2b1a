"""Our Ansible modules, as Ansible runs them and as they document themselves."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml

from pyrunner.paths import REPOSITORY


def run_module(name: str, *arguments: str) -> dict[str, Any]:
    """Run a module on this machine in check mode and give back what it answered."""
    command = [str(Path(sys.executable).with_name("ansible")), "localhost", "--check"]
    command += ["-i", "localhost,", "-c", "local", "-m", name]
    answer = subprocess.run(
        [*command, "-a", " ".join(arguments)],
        capture_output=True,
        check=False,
        cwd=REPOSITORY,
        encoding="utf-8",
        env={**os.environ, "ANSIBLE_CALLBACK_RESULT_FORMAT": "json", "ANSIBLE_NOCOLOR": "1"},
    )
    found: dict[str, Any] = json.loads(answer.stdout.split("=>", 1)[1])
    return found


def documented(documentation: str) -> dict[str, dict[str, Any]]:
    """The options that a module's DOCUMENTATION tells of, in the shape of its argument_spec."""
    options = yaml.safe_load(documentation)["options"]
    return {
        name: {key: value for key, value in option.items() if key != "description"}
        for name, option in options.items()
    }
