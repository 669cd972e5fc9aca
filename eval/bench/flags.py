"""`rag bench flags`: how often each flag is right, on labelled examples.

The examples are in `eval/flags/`, a file for each flag with those that have it and those that nearly do, and `plain.jsonl` with
news that has none and the sample articles, labelled by hand. Every example counts for every flag. One is an invented story
(`story`) with lines set before and after it, a `text` of its own, or a sample article (`seed`); the other fields are what
is known of it, and `flags` the flags that it should get.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from eval.pages.stories import STORIES
from rag.errors import InputError
from rag.ingest.article import Draft, build_article
from rag.ingest.flags import RULES
from rag.ingest.metadata import Facts, first_fault

FOLDER = Path(__file__).parents[1] / "flags"
SEEDS = Path(__file__).parents[2] / "seeds"
WIRE = "wire"
NAMES = (*RULES, WIRE)
NOW = datetime(2026, 1, 10, tzinfo=UTC)

_STORIES = {story.key: story for story in STORIES}


class Example(BaseModel):
    """A labelled example as its file has it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    flags: list[str]
    story: str = ""
    seed: str = ""
    text: str = ""
    before: list[str] = []
    after: list[str] = []
    title: str = ""
    section: str = ""
    url: str = ""
    author: str = ""
    kinds: list[str] = []


@dataclass(frozen=True, slots=True)
class Rates:
    """How one flag did: counts, and precision and recall in [0, 1], None where nothing was given it or nothing has it."""

    flag: str
    labelled: int
    others: int
    given: int
    right: int
    precision: float | None
    recall: float | None


@dataclass(frozen=True, slots=True)
class Report:
    """The rates of every flag, and the examples that got a wrong flag or missed one: `id: +given -missed`."""

    rates: tuple[Rates, ...]
    misses: tuple[str, ...]
    n_examples: int


def read_examples(folder: Path = FOLDER) -> list[Example]:
    """Return the examples of a folder's files, in the order of their names.

    Raises:
        InputError: there are none, or a line is no example.
    """
    found = []
    for file in sorted(folder.glob("*.jsonl")):
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
            try:
                found.append(Example.model_validate(json.loads(line)))
            except (ValueError, ValidationError) as error:
                fault = first_fault(error) if isinstance(error, ValidationError) else str(error)
                raise InputError(f"{file.name} line {number}: {fault}") from None
    if not found:
        raise InputError(f"no examples in {str(folder)!r}; name a folder of .jsonl files")
    return found


def flags_given(example: Example) -> set[str]:
    """Return the flags that an example gets as an article; `wire:` with its agency."""
    lines = list(example.before)
    title = example.title
    if example.seed:
        text = (SEEDS / example.seed).read_text(encoding="utf-8")
    elif example.text:
        text = example.text
    else:
        story = _STORIES[example.story]
        text = "\n\n".join([*lines, *story.opening, story.heading, *story.closing, *example.after])
        title = title or story.title
    facts = Facts(title=title, section=example.section, url=example.url, author=example.author)
    draft = Draft(text, given=facts, kinds=tuple(example.kinds), may_open_with_title=bool(example.seed))
    return set(build_article(draft, origin=example.id, now=NOW).flags)


def run(folder: Path = FOLDER) -> Report:
    """Return how the flags do on the examples of a folder.

    Raises:
        InputError: as `read_examples`.
    """
    judged = [(example, set(example.flags), flags_given(example)) for example in read_examples(folder)]
    rates = tuple(_rates(name, [(_of(name, wanted), _of(name, given)) for _, wanted, given in judged]) for name in NAMES)
    misses = tuple(
        f"{example.id}: "
        + " ".join([f"+{flag}" for flag in sorted(given - wanted)] + [f"-{flag}" for flag in sorted(wanted - given)])
        for example, wanted, given in judged
        if given != wanted
    )
    return Report(rates, misses, len(judged))


def _of(name: str, flags: set[str]) -> set[str]:
    """Return the flags of one kind: of `wire` they name an agency, and the right one counts."""
    return {flag for flag in flags if flag.partition(":")[0] == name}


def _rates(name: str, pairs: Sequence[tuple[set[str], set[str]]]) -> Rates:
    labelled = sum(bool(wanted) for wanted, _ in pairs)
    given = sum(bool(got) for _, got in pairs)
    right = sum(bool(wanted & got) for wanted, got in pairs)
    return Rates(
        name,
        labelled,
        len(pairs) - labelled,
        given,
        right,
        round(right / given, 3) if given else None,
        round(right / labelled, 3) if labelled else None,
    )


def as_tree(report: Report) -> dict[str, Any]:
    """Return the report as JSON has it."""
    return {"examples": report.n_examples, "flags": [asdict(one) for one in report.rates], "misses": list(report.misses)}


def as_text(report: Report, *, show: bool = False) -> str:
    """Return the report as a table for a terminal; `show` adds the examples that were flagged wrongly."""
    from eval.bench.record import table

    rows = [["flag", "with it", "without", "given", "right", "precision", "recall"]]
    for one in report.rates:
        told = ["-" if share is None else f"{share:.3f}" for share in (one.precision, one.recall)]
        rows.append([one.flag, str(one.labelled), str(one.others), str(one.given), str(one.right), *told])
    blocks = [table(rows), f"{report.n_examples} examples"]
    if show:
        blocks.append("\n".join(report.misses) or "no misses")
    return "\n\n".join(blocks)
