"""What can go wrong.

    NewsRagError                     exit code 1
    ├── ConfigError                            2  a setting, flag or environment variable is wrong
    ├── QuestionError                          2  the question is empty or too long
    ├── InputError                             3  a file to read is missing, unreadable or of another format
    ├── StoreError                             4  the library on disk
    │   ├── EmptyLibraryError                     nothing was ingested yet
    │   ├── MismatchError                         built by another embedder or a newer version
    │   ├── CorruptError                          damaged file
    │   ├── LockedError                           another process is writing
    │   └── DiskFullError
    ├── BackendError                           5  a model or the service that runs it
    │   ├── UnknownBackendError
    │   ├── MissingExtraError                     an optional package is not installed
    │   ├── MissingKeyError                       an API key is not set
    │   ├── ModelError                            a local model is corrupt or cannot be fetched
    │   │   └── MissingModelError                    it was never downloaded
    │   ├── TransientError                        worth trying again: refused, timed out, 429, 5xx
    │   │   └── RestingError                         not called for a while after it failed again and again
    │   └── PermanentError                        not worth trying again: 4xx, malformed reply
    ├── GenerationError                        6  the model ran but gave nothing usable (context overflow, cut stream)
    └── CitationError                          7  a citation does not match its article: a bug or a damaged library

A message says what happened, with the value, and what to type next. Abstaining is an `Answer`, never an error.
"""


class NewsRagError(Exception):
    """Base of every error that this package raises on purpose; `exit_code` is the command line's."""

    exit_code = 1


class ConfigError(NewsRagError):
    """A setting, flag or environment variable is unknown or out of bounds."""

    exit_code = 2


class QuestionError(NewsRagError):
    """The question is empty or longer than the limit."""

    exit_code = 2


class InputError(NewsRagError):
    """A file to read is missing, unreadable, or not of the format its name promises."""

    exit_code = 3


class StoreError(NewsRagError):
    """The library on disk cannot be used as asked."""

    exit_code = 4


class EmptyLibraryError(StoreError):
    """There is no library at the path, or it holds no article."""


class MismatchError(StoreError):
    """The library was built by another embedding model or by a newer version of this program."""


class CorruptError(StoreError):
    """A file of the library is damaged."""


class LockedError(StoreError):
    """Another process is writing to the library."""


class DiskFullError(StoreError):
    """The disk has no room for what was to be written; what was stored before is intact."""


class BackendError(NewsRagError):
    """A model, or the service that runs it, cannot be used."""

    exit_code = 5


class UnknownBackendError(BackendError):
    """The provider or model named is not known."""


class MissingExtraError(BackendError):
    """A backend's optional package is not installed."""


class MissingKeyError(BackendError):
    """A backend's API key is not in the environment."""


class ModelError(BackendError):
    """A local model is damaged, or cannot be fetched."""


class MissingModelError(ModelError):
    """A local model was never downloaded."""


class TransientError(BackendError):
    """The service did not answer this time; trying again may help."""


class RestingError(TransientError):
    """The service failed so often in a row that it is not called before `retry_after_s` seconds have passed."""

    def __init__(self, message: str, *, retry_after_s: float) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class PermanentError(BackendError):
    """The service refused the request or answered nonsense; trying again will not help."""


class GenerationError(NewsRagError):
    """The model ran but gave nothing usable."""

    exit_code = 6


class CitationError(NewsRagError):
    """A citation does not match the stored text of its article."""

    exit_code = 7
