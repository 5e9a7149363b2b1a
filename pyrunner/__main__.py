"""``python -m pyrunner``: the commands of ``./testbed``."""

from pyrunner.cli.main import main

if __name__ == "__main__":
    main(prog_name="./testbed")
