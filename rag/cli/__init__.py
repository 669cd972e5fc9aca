"""The command line. Standard output is data, standard error is chatter and progress.

Exit codes: 0 done (an abstention too), 1 a bug, 2 wrong usage, setting or question, 3 an input could not be read,
4 the library, 5 a model or its service, 6 a model ran but failed, 7 a citation does not match, 130 interrupted.
"""

from __future__ import annotations

import gc
import sys


def main() -> None:
    """Run `rag` and exit with its code."""
    from rag.cli.app import run

    code = run(sys.argv[1:])
    gc.freeze()  # else the interpreter looks through all that was ever imported before it ends, which takes seconds
    sys.exit(code)
