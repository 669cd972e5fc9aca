"""What the commands share: their options, the settings these make, and how data and progress are printed."""

from __future__ import annotations

import json
import sys
import time
from collections import deque
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Self

import typer

from rag.config import Resolved, load_config
from rag.errors import ConfigError, InputError, NewsRagError

ConfigOption = Annotated[Path | None, typer.Option("--config", help="TOML file of settings.", metavar="FILE")]
LibraryOption = Annotated[
    Path | None, typer.Option("--library", help="Folder of the library, whatever store the settings name.", metavar="DIR")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]
LlmOption = Annotated[
    str | None,
    typer.Option(
        "--llm", help="Model, such as local:NAME, openai:NAME, ollama:NAME, anthropic:NAME, extractive.", metavar="SPEC"
    ),
]
QuestionArgument = Annotated[
    str, typer.Argument(help="The question; `-` reads one a line from standard input.", metavar="QUESTION")
]


def resolve(config: Path | None, **flags: Any) -> Resolved:
    """Return the settings, with flags by dotted names written with two underscores: `llm__model`.

    A flag that names a folder of the library stands above a server that a file or the environment names.
    """
    if flags.get("library__path") is not None:
        flags["library__store"] = ""
    return load_config(config, flags={name.replace("__", "."): value for name, value in flags.items()})


def day(text: str | None, *, flag: str) -> date | None:
    """Return the day that a flag names.

    Raises:
        ConfigError: it is no day.
    """
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ConfigError(f"{flag} {text!r} is not a day; write it as 2025-12-31") from None


def answer_lines(answer: Callable[[str], dict[str, Any]]) -> None:
    """Print one line of JSON for each question on standard input, in order; empty lines are passed over.

    A question that fails gives `{question, error}` and the rest goes on; the command then ends with that error's code.
    """
    code = 0
    for question in _lines():
        try:
            shape = answer(question)
        except NewsRagError as error:
            shape, code = {"question": question, "error": str(error)}, error.exit_code
        print_json(shape, lines=True)
    if code:
        raise typer.Exit(code)


def _lines() -> Iterator[str]:
    """Yield the lines of standard input that are not empty."""
    try:
        yield from (line.strip() for line in sys.stdin if line.strip())
    except UnicodeDecodeError as error:
        raise InputError(f"standard input is not UTF-8 at byte {error.start}; convert it, for example with iconv") from None


def print_json(data: object, *, lines: bool = False) -> None:
    """Print data as strict JSON: one line, or indented."""
    text = json.dumps(data, ensure_ascii=False, allow_nan=False, indent=None if lines else 2)
    print(text.encode("utf-8", "replace").decode(), flush=True)


def say(message: str) -> None:
    """Print a line of chatter."""
    print(message, file=sys.stderr, flush=True)


_PACE_S = 30.0
"""Seconds that a rate is taken over."""


class ProgressLine:
    """One line on standard error that tells how far long work is; nothing unless that is a terminal."""

    def __init__(self, verb: str = "", unit: str = "") -> None:
        """Begin each line with `verb`; with a `unit`, such as `articles`, tell also how many a second and how long yet."""
        self._verb = verb
        self._unit = unit
        self._is_shown = sys.stderr.isatty()
        self._has_text = False
        self._recent: deque[tuple[float, int]] = deque()

    def __call__(self, done: int, total: int, label: str) -> None:
        """Show `verb done/total, 43 articles/s, about 2 min left  label`."""
        if self._is_shown:
            count = f"{done:,}/{total:,}" if total else f"{done:,}"
            self.tell(f"{self._verb} {count}{self._pace(done, total)}  {label[-40:]}")

    def _pace(self, done: int, total: int) -> str:
        """Return rate and time left, as the last half minute shows them: what was there already goes by faster."""
        if not self._unit:
            return ""
        now = time.monotonic()
        self._recent.append((now, done))
        while now - self._recent[0][0] > _PACE_S:
            self._recent.popleft()
        since, before = self._recent[0]
        if now - since < 1 or done == before:
            return ""
        rate = (done - before) / (now - since)
        left = f", about {_duration((total - done) / rate)} left" if total > done else ""
        return f", {rate:,.{0 if rate >= 10 else 1}f} {self._unit}/s{left}"

    def tell(self, text: str) -> None:
        """Show a text in place of what was there."""
        if self._is_shown:
            print(f"\r\x1b[K{text}", end="", file=sys.stderr, flush=True)
            self._has_text = True

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.clear()

    def clear(self) -> None:
        """Take the line away, as leaving its block does."""
        if self._has_text:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)
            self._has_text = False


def _duration(seconds: float) -> str:
    """Return a time for a person: `40 s`, `3 min`, `2 h 10 min`."""
    if seconds < 100:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 100 else f"{minutes // 60} h {minutes % 60} min"
