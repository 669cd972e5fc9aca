"""What is written of the work, on standard error: lines for a person, or JSON for what collects logs.

Who reads a log is not always who may read questions. So what readers ask, what articles say, and the messages of exceptions,
which may hold either, stay out of it unless the setting `log.content` says otherwise.
"""

from __future__ import annotations

import json
import logging
import sys
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from types import TracebackType

from rag.config import LogConfig
from rag.errors import ConfigError, NewsRagError, StoreError

Fact = str | int | float | bool | Mapping[str, float]

_OURS = ("rag", "ui", "eval")
_LEFT_OUT = "(its message is left out; log.content = true shows it)"
_TELLING = (StoreError, ConfigError)
"""Errors whose messages are ours alone. A model's may quote what it was asked."""

_caller: ContextVar[str] = ContextVar("caller", default="")


def configure(config: LogConfig) -> None:
    """Write logs as the settings say, from now on; a later call takes the place of an earlier one.

    The level is that of our own lines. Libraries tell only warnings, whatever it is: below that some write what they are asked.
    """
    root = logging.getLogger()
    for handler in [one for one in root.handlers if isinstance(one, _ToStandardError)]:
        root.removeHandler(handler)
    handler = _ToStandardError()
    handler.setFormatter(_Json(config.content) if config.format == "json" else _Text(config.content))
    root.addHandler(handler)
    level = logging.getLevelNamesMapping()[config.level.upper()]
    root.setLevel(max(logging.WARNING, level))
    for name in _OURS:
        logging.getLogger(name).setLevel(level)


def tell(log: logging.Logger, event: str, level: int = logging.INFO, /, **facts: Fact | None) -> None:
    """Write a line about something that happened, with its facts in order; those that are None or empty are left out."""
    if log.isEnabledFor(level):
        log.log(level, event, extra={"facts": {name: fact for name, fact in facts.items() if fact not in (None, "", {})}})


@contextmanager
def on_behalf_of(who: str) -> Iterator[None]:
    """Name `who` as the caller in the lines that the block writes, in this thread."""
    token = _caller.set(who)
    try:
        yield
    finally:
        _caller.reset(token)


def caller() -> str:
    """Return on whose behalf the work is done; empty where nobody said."""
    return _caller.get()


def reason(error: BaseException, *, content: bool) -> str:
    """Return the message of an error as far as it may be written; the empty string where it may not."""
    return str(error) if content or isinstance(error, _TELLING) else ""


class _ToStandardError(logging.Handler):
    """Writes to what standard error is at the time: it may be another one by then."""

    def emit(self, record: logging.LogRecord) -> None:
        try:
            print(self.format(record), file=sys.stderr, flush=True)
        except Exception:
            self.handleError(record)


class _Formatter(logging.Formatter):
    """Writes of an exception where it happened and what it is, and its message where content may be written."""

    def __init__(self, content: bool) -> None:
        super().__init__()
        self._content = content

    def formatException(self, ei: _ExcInfo) -> str:  # noqa: N802  # the name is logging's
        if self._content or ei[1] is None:
            return super().formatException(ei)
        return "\n".join(self._told(error) for error in _chain(ei[1]))

    def _told(self, error: BaseException) -> str:
        frames = "".join(traceback.format_tb(error.__traceback__))
        said = str(error) if isinstance(error, NewsRagError) and reason(error, content=False) else _LEFT_OUT
        return f"Traceback (most recent call last):\n{frames}{type(error).__qualname__}: {said}"


class _Text(_Formatter):
    """`INFO rag.observe: answer status=answered model=extractive`."""

    def format(self, record: logging.LogRecord) -> str:
        facts = "".join(f" {name}={_plain(fact)}" for name, fact in _facts(record).items())
        lines = [f"{record.levelname} {record.name}: {record.getMessage()}{facts}"]
        if record.exc_info:
            lines.append(self.formatException(record.exc_info))
        return "\n".join(lines)


class _Json(_Formatter):
    """`{"time": …, "level": "info", "logger": "rag.observe", "event": "answer", "status": "answered", …}`."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": record.getMessage(),
            **_facts(record),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False, default=str).encode("utf-8", "replace").decode()


_ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]


def _facts(record: logging.LogRecord) -> Mapping[str, Fact]:
    facts: Mapping[str, Fact] = getattr(record, "facts", {})
    return facts


def _plain(fact: Fact) -> str:
    """Return a fact for a person: a text with blanks in quotes, so that it cannot be taken for several facts."""
    if isinstance(fact, Mapping):
        return ",".join(f"{name}:{value}" for name, value in fact.items())
    return repr(fact) if isinstance(fact, str) and (not fact.isprintable() or " " in fact) else str(fact)


def _chain(error: BaseException) -> list[BaseException]:
    """Return an exception and those that led to it, the first one first."""
    found = [error]
    while (before := error.__cause__ or (None if error.__suppress_context__ else error.__context__)) and before not in found:
        found.append(error := before)
    return found[::-1]
