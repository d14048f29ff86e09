"""The command `hopfield`."""

import signal
import sys

from . import _native


def main() -> int:
    """Runs the command with the arguments of this process; gives its exit code."""
    # The command itself decides what Ctrl-C does.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    return _native.program([sys.executable, "-m", "hopfield"], sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
