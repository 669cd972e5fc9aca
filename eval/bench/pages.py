"""`rag bench pages`: how much of an article's body the extraction finds, and how much else, on pages whose bodies are known.

Beside it, in the same run, trafilatura with its own defaults; for the sample articles, which are plain text, the text as it is.
Words are compared as multisets, in small letters; lines whole, without punctuation. A line that repeats the title counts for
neither side: the title is a fact of its own. Dates and publishers count as right where unknown is right, too.
"""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from rag.errors import InputError

NOW = datetime(2026, 1, 10, tzinfo=UTC)
SPLITS = ("tuned", "held-out", "seeds")
SEEDS = Path(__file__).parents[2] / "seeds"


@dataclass(frozen=True, slots=True)
class Labelled:
    """A page, or a plain text, with what is known of it. None for a day and publisher that are not scored."""

    name: str
    split: str
    source: str
    title: str
    body: tuple[str, ...]
    published: date | None
    publisher: str | None


@dataclass(frozen=True, slots=True)
class Read:
    """What a reader found in a page; everything empty where it found no article."""

    text: str = ""
    published: date | None = None
    publisher: str = ""


@dataclass(frozen=True, slots=True)
class Score:
    """Precision, recall and F1 in [0, 1]."""

    precision: float
    recall: float
    f1: float


@dataclass(frozen=True, slots=True)
class Scored:
    """A page as one reader read it. `published` and `publisher` tell whether they are right; None where they are not scored."""

    name: str
    split: str
    system: str
    words: Score
    lines: Score
    published: bool | None
    publisher: bool | None


Reader = Callable[[Labelled], Read]


def run(*, splits: Sequence[str] = ()) -> list[Scored]:
    """Return how each page of the named splits, or of all, was read by each reader.

    Raises:
        InputError: there is no such split.
    """
    if unknown := sorted(set(splits) - set(SPLITS)):
        raise InputError(f"there is no split {unknown[0]!r}; known are {', '.join(SPLITS)}")
    scored = []
    for page in labelled():
        if splits and page.split not in splits:
            continue
        readers: dict[str, Reader] = {"newsrag": ours}
        readers |= {"as it is": _as_it_is} if page.split == "seeds" else {"trafilatura": _trafilatura}
        scored += [_scored(page, system, reader(page)) for system, reader in readers.items()]
    return scored


def labelled() -> list[Labelled]:
    """Return the made-up pages, those the extraction was built with and those held out, and the sample articles."""
    from eval.pages.held_out import LAYOUTS as HELD_OUT
    from eval.pages.layouts import LAYOUTS, pages

    made = [("tuned", page) for page in pages(LAYOUTS)] + [("held-out", page) for page in pages(HELD_OUT)]
    found = [Labelled(one.name, split, one.html, one.title, one.body, one.published, one.publisher) for split, one in made]
    return found + _seeds()


def _seeds() -> list[Labelled]:
    ranges = tomllib.loads((Path(__file__).parents[1] / "pages" / "seeds.toml").read_text(encoding="utf-8"))
    found = []
    for name, spans in ranges.items():
        source = (SEEDS / name).read_text(encoding="utf-8")
        lines = source.split("\n")
        body = [lines[n - 1] for span in spans for n in range(int(span.split("-")[0]), int(span.split("-")[1]) + 1)]
        title = next((line for line in lines[:4] if line.strip() and line not in body and "»" not in line), "")
        found.append(Labelled(name, "seeds", source, title, tuple(line for line in body if line.strip()), None, None))
    return found


def ours(page: Labelled) -> Read:
    """Return what the product reads in a page."""
    from rag.ingest.article import build_article
    from rag.ingest.formats import html, text

    try:
        draft = (text if page.split == "seeds" else html).parse(page.source.encode())
        article = build_article(draft, origin=page.name, now=NOW)
    except InputError:
        return Read()
    return Read(article.text, article.published, article.publisher)


def _as_it_is(page: Labelled) -> Read:
    return Read(page.source)


def _trafilatura(page: Labelled) -> Read:
    from trafilatura import bare_extraction

    document = bare_extraction(page.source, with_metadata=True)
    if document is None or isinstance(document, dict):
        return Read()
    return Read(document.text or "", date.fromisoformat(document.date) if document.date else None, document.sitename or "")


def _scored(page: Labelled, system: str, read: Read) -> Scored:
    title = _key(page.title)
    found = [line for line in read.text.split("\n") if _key(line) and _key(line) != title]
    wanted = [line for line in page.body if _key(line)]
    return Scored(
        page.name,
        page.split,
        system,
        words=score(Counter(_words(wanted)), Counter(_words(found))),
        lines=score(Counter(_key(line) for line in wanted), Counter(_key(line) for line in found)),
        published=None if page.split == "seeds" else read.published == page.published,
        publisher=None if page.publisher is None else read.publisher.lower().removeprefix("www.") == page.publisher.lower(),
    )


def score(wanted: Counter[str], found: Counter[str]) -> Score:
    """Return how much of what was found was wanted, and the other way round; nothing found of nothing wanted is perfect."""
    shared = (wanted & found).total()
    precision = shared / found.total() if found else float(not wanted)
    recall = shared / wanted.total() if wanted else 1.0
    return Score(
        precision, recall, 2 * precision * recall / (precision + recall) if shared else float(not wanted and not found)
    )


def _words(lines: Iterable[str]) -> list[str]:
    return [word for line in lines for word in re.findall(r"\w+", line.lower())]


def _key(line: str) -> str:
    """Return what two writings of a line share: a table row is its cells, an item what stands after its bullet."""
    words = re.findall(r"\w+", re.sub(r"^\s*\d+\.\s", "", line.lower()))
    return " ".join(words)


def as_tree(scored: Sequence[Scored]) -> dict[str, Any]:
    """Return the scores as JSON has them: the means of each split and reader, then each page."""
    return {"means": _means(scored), "pages": [asdict(one) for one in scored]}


def _means(scored: Sequence[Scored]) -> list[dict[str, Any]]:
    groups = dict.fromkeys((one.split, one.system) for one in scored)
    means = []
    for split, system in groups:
        pages = [one for one in scored if (one.split, one.system) == (split, system)]
        means.append(
            {
                "split": split,
                "system": system,
                "pages": len(pages),
                "words": {name: _mean([getattr(one.words, name) for one in pages]) for name in ("precision", "recall", "f1")},
                "lines": {name: _mean([getattr(one.lines, name) for one in pages]) for name in ("precision", "recall", "f1")},
                "date": _mean([float(one.published) for one in pages if one.published is not None]),
                "publisher": _mean([float(one.publisher) for one in pages if one.publisher is not None]),
            }
        )
    return means


def _mean(values: Sequence[float]) -> float | None:
    return round(sum(values) / len(values), 3) if values else None


def as_text(scored: Sequence[Scored], *, show: bool = False) -> str:
    """Return the means as a table for a terminal; `show` adds each page that our reader did not read perfectly."""
    from eval.bench.record import table

    rows = [["pages", "read by", "n", "word P", "R", "F1", "line P", "R", "F1", "date", "publisher"]]
    for mean in _means(scored):
        figures = [mean[kind][name] for kind in ("words", "lines") for name in ("precision", "recall", "f1")]
        told = ["-" if value is None else f"{value:.3f}" for value in (*figures, mean["date"], mean["publisher"])]
        rows.append([mean["split"], mean["system"], str(mean["pages"]), *told])
    blocks = [table(rows)]
    if show:
        worst = [
            one
            for one in scored
            if one.system == "newsrag"
            and (min(one.words.f1, one.lines.f1) < 1 or one.published is False or one.publisher is False)
        ]
        told_rows = [["page", "word P", "R", "line P", "R", "date", "publisher"]]
        for one in worst:
            found = (one.words.precision, one.words.recall, one.lines.precision, one.lines.recall)
            right = ["-" if value is None else "yes" if value else "NO" for value in (one.published, one.publisher)]
            told_rows.append([one.name, *(f"{value:.3f}" for value in found), *right])
        blocks.append(table(told_rows) if worst else "every page read perfectly")
    return "\n\n".join(blocks)
