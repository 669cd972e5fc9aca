"""What can go wrong in an eval, with the exit code of `rag eval`.

    EvalError (a NewsRagError)       exit code 2  a wrong option, gold file, gate file or saved answer
    ├── GoldError                              2  a gold file breaks a rule; the message begins with file:line
    ├── IncomparableError                      3  the baseline is missing or of another gold set, corpus or scorer
    └── RunError                               4  the assistant could not be opened or failed on a question

Exit code 1 is a regression: a verdict, not an error.
"""

from rag.errors import NewsRagError


class EvalError(NewsRagError):
    """An option or a file that the harness was given is wrong."""

    exit_code = 2


class GoldError(EvalError):
    """A gold file breaks a rule."""


class IncomparableError(EvalError):
    """There is no baseline that this run can be compared with."""

    exit_code = 3


class RunError(EvalError):
    """The assistant could not be opened, or failed on a question."""

    exit_code = 4
