"""The command `hopfield`."""

import sys

from . import _native


def main() -> int:
    """Runs the command with the arguments of this process; gives its exit code."""
    return _native.program(["hopfield", *sys.argv[1:]])


if __name__ == "__main__":
    sys.exit(main())
