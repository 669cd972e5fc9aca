"""`rag bench duplicates`: how well copies are found among articles that only look like them, and how fast.

All pairs go into one library, so that a text may also be taken for a copy of one of another pair.
"""

from __future__ import annotations

import resource
import tempfile
import time
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from eval.bench.news import Newsroom
from eval.bench.rewrites import COPIES, Kind, Pair, pairs
from rag.ports import Progress, no_progress
from rag.store.copies import Copies
from rag.store.library import Library
from rag.store.tables import Entry
from rag.types import Article

TARGET_PRECISION = 0.98
TARGET_RECALL = 0.95
"""What grouping is built for: precision over all pairs, recall of whole and trimmed copies."""

_BATCH = 200
_EVERY = 10


@dataclass(frozen=True, slots=True)
class Found:
    """The pairs of one kind: how many there are, and how many were put in one group."""

    kind: str
    is_copy: bool
    n: int
    grouped: int

    @property
    def share(self) -> float:
        """The share put in one group: recall of copies, the rate of mistakes of the rest."""
        return self.grouped / self.n


@dataclass(frozen=True, slots=True)
class Scale:
    """Grouping of many articles, a tenth of them copies.

    Milliseconds, of processor time, and bytes are of one article; `group_ms_last` are those of the last batch, `rss_mb` is the
    most memory that the process took.
    """

    articles: int
    copies: int
    found: int
    false: int
    store_ms: float
    group_ms: float
    group_ms_last: float
    bytes_marks: float
    rss_mb: float

    @property
    def articles_per_s(self) -> float:
        """Articles grouped in a second, without storing them."""
        return 1000 / self.group_ms


@dataclass(frozen=True, slots=True)
class Report:
    """What was found of each kind; `strange` counts the pairs of articles of two pairs that are in one group."""

    kinds: tuple[Found, ...]
    strange: int
    scale: Scale | None = None

    @property
    def precision(self) -> float | None:
        """The share of the pairs in one group that are copies; None where there is no such pair."""
        right = sum(found.grouped for found in self.kinds if found.is_copy)
        wrong = sum(found.grouped for found in self.kinds if not found.is_copy) + self.strange
        return right / (right + wrong) if right + wrong else None


def run(n: int = 200, *, seed: int = 0, scale: int = 0, progress: Progress = no_progress) -> Report:
    """Return how `n` pairs of each kind were grouped, and with `scale` how fast so many articles are."""
    made = list(pairs(n, seed=seed))
    with Library.in_memory(model="none") as library:
        for batch in _batches(article for pair in made for article in (pair.one, pair.other)):
            library.store([_entry(article) for article in batch], {})
        report = _scored(made, library)
    return Report(report.kinds, report.strange, _at_scale(scale, seed, progress) if scale else None)


def _scored(made: list[Pair], library: Library) -> Report:
    group = library.group_of(library.article_ids())
    grouped = {pair.one.id: group[pair.one.id] == group[pair.other.id] for pair in made}
    kinds = []
    for kind in Kind:
        of_kind = [pair for pair in made if pair.kind is kind]
        kinds.append(Found(kind.value, kind in COPIES, len(of_kind), sum(grouped[pair.one.id] for pair in of_kind)))
    sizes: dict[str, int] = {}
    for canonical in group.values():
        sizes[canonical] = sizes.get(canonical, 0) + 1
    together = sum(size * (size - 1) // 2 for size in sizes.values())
    return Report(tuple(kinds), together - sum(grouped.values()))


def _at_scale(n: int, seed: int, progress: Progress) -> Scale:
    """Store made-up articles, every tenth a trimmed copy of one that is up to 5,000 articles older, and time their grouping."""
    timed = _Timed()
    stored, last = 0.0, 0.0
    with tempfile.TemporaryDirectory() as folder, timed, Library.create(Path(folder), model="none") as library:
        for done, batch in enumerate(_batches(_mixed(n, seed)), 1):
            before = timed.seconds
            start = time.thread_time()
            library.store([_entry(article) for article in batch], {})
            stored += time.thread_time() - start
            last = (timed.seconds - before) / len(batch)
            progress(min(n, done * _BATCH), n, "")
        group = library.group_of(library.article_ids())
        found = sum(group[id_] == f"n{id_[1:].partition('-')[0]}" for id_ in group if id_.startswith("c"))
        copies = sum(id_.startswith("c") for id_ in group)
        pages = "SELECT coalesce(sum(pgsize), 0) FROM dbstat WHERE name IN ('marks', 'copies', 'copies_canonical')"
        room = library.database.rows(pages)[0][0]
        false = sum(id_ != canonical for id_, canonical in group.items()) - found
    rss = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return Scale(n, copies, found, false, 1e3 * stored / n, 1e3 * timed.seconds / n, 1e3 * last, room / n, rss)


class _Timed:
    """Counts the seconds within `Copies` while it lasts."""

    _NAMES = ("withdraw", "enter")

    def __init__(self) -> None:
        self.seconds = 0.0
        self._real = {name: getattr(Copies, name) for name in self._NAMES}

    def __enter__(self) -> _Timed:
        for name, real in self._real.items():
            setattr(Copies, name, self._counting(real))
        return self

    def __exit__(self, *_: object) -> None:
        for name, real in self._real.items():
            setattr(Copies, name, real)

    def _counting(self, real: Any) -> Any:
        def counted(*args: Any, **kwargs: Any) -> Any:
            start = time.thread_time()
            try:
                return real(*args, **kwargs)
            finally:
                self.seconds += time.thread_time() - start

        return counted


def _mixed(n: int, seed: int) -> Iterator[Article]:
    newsroom = Newsroom(seed)
    for number in range(n):
        if number % _EVERY or number == 0:
            article = newsroom.article(number)
            yield Article(
                id=f"n{number}", text=article.text, title=article.title, published=article.published, content_hash="x"
            )
        else:
            older = number - 1 - (number * 7919) % min(number - 1, 5000)
            older += older % _EVERY == 0  # no copy of a copy
            article = newsroom.article(older)
            text = article.text[: round(len(article.text) * 0.7)]
            yield Article(id=f"c{older}-{number}", text=text, title=article.title, content_hash="x")


def _batches(articles: Iterable[Article]) -> Iterator[list[Article]]:
    left = iter(articles)
    while batch := list(islice(left, _BATCH)):
        yield batch


def _entry(article: Article) -> Entry:
    return Entry(article, (), (), ())


def as_tree(report: Report) -> dict[str, Any]:
    """Return a report as JSON shows it."""
    tree = asdict(report) | {"precision": report.precision}
    for shape, found in zip(tree["kinds"], report.kinds, strict=True):
        shape["share"] = round(found.share, 4)
    return tree


def as_text(report: Report) -> str:
    """Return a report as lines for a terminal."""
    lines = [f"{'kind':32} {'pairs':>6} {'grouped':>8}"]
    for found in report.kinds:
        what = "recall" if found.is_copy else "mistaken"
        lines.append(f"{found.kind:32} {found.n:6} {found.grouped:8}   {what} {found.share:.3f}")
    precision = "none" if report.precision is None else f"{report.precision:.4f}"
    lines.append(f"pairs of strangers from two pairs in one group: {report.strange}; precision of all {precision}")
    if report.scale:
        scale = report.scale
        lines += [
            f"{scale.articles:,} articles: {scale.found:,} of {scale.copies:,} copies found, {scale.false:,} false",
            f"grouping {scale.group_ms:.2f} ms an article ({scale.articles_per_s:,.0f} articles/s; the last {_BATCH}: "
            f"{scale.group_ms_last:.2f} ms) of {scale.store_ms:.2f} ms to store it without passages; "
            f"{scale.bytes_marks:.0f} bytes on disk an article; at most {scale.rss_mb:,.0f} MB of memory",
        ]
    return "\n".join(lines)
