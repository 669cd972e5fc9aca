"""Whether a library is whole: every page, every reference, every vector and word, and the index made of them."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from rag.chunk import indexed_text
from rag.errors import CorruptError
from rag.ports import Progress, no_progress
from rag.store import copies
from rag.store.generation import current_number, is_sound, numbers
from rag.store.library import Library
from rag.store.lock import writer_lock
from rag.store.schema import identify

_RESTORE = "rag library restore FILE, from a backup; or move the library's folder away and ingest the articles again"
_REPAIR = "rag library verify --repair"
_REEMBED = "rag library rebuild --reembed"
_WORDS = "the full-text index"
_DUPLICATES = "the table of copies"
_HELD = "SELECT mark, number FROM marks"
_BORNE = "SELECT j.value, a.number FROM articles a, json_each(marks_listed(a.marks)) j"
_SHOWN = 20
_BLOCK = 4096
_LENGTH_TOLERANCE = 1e-3


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that is wrong with a library, and what to type."""

    what: str
    command: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was looked at and what is wrong with it; `repaired` is what was wrong and is no more."""

    articles: int
    passages: int
    problems: tuple[Problem, ...]
    repaired: tuple[Problem, ...] = ()


def verify(path: Path, *, progress: Progress = no_progress) -> Verdict:
    """Return what is wrong with the library in a folder, as one moment's state of it; a writer may go on meanwhile.

    Raises:
        EmptyLibraryError: there is none.
        MismatchError: a newer version of this program made it.
    """
    try:
        with Library.open(path, as_built=True) as library:
            return _verdict(library, progress)
    except CorruptError as error:
        return Verdict(0, 0, (_damage(error),))


def repair(path: Path, *, progress: Progress = no_progress) -> Verdict:
    """Make anew what can be made from the articles and their vectors, and return what is still wrong.

    These are the index, the words, and the count of commits where some were lost: what is left then counts as the library.

    Raises:
        LockedError: another process is writing.
    """
    try:
        with ExitStack() as stack:
            library = stack.enter_context(Library.open(path, as_built=True, accept_loss=True))
            stack.enter_context(writer_lock(path))
            lost = list(_loss(path))
            before = [*lost, *_verdict(library, progress).problems]
            if lost:
                # The numbers of lost passages are given again: no index that was made before may ever fit.
                with library.database.transaction():
                    identify(library.database.connection)
            wrong = {problem.what for problem in before if problem.command == _REPAIR}
            if any(what.startswith(_WORDS) for what in wrong):
                _rewrite_words(library)
            if any(what.startswith(_DUPLICATES) for what in wrong):
                with library.database.transaction():
                    copies.remake(library.database.connection)
            if wrong:
                _rewrite_index(library)
            after = _verdict(library, no_progress)
    except CorruptError as error:
        return Verdict(0, 0, (_damage(error),))
    left = {problem.what for problem in after.problems}
    repaired = tuple(problem for problem in before if problem.what not in left)
    return Verdict(after.articles, after.passages, after.problems, repaired)


def _loss(path: Path) -> Iterator[Problem]:
    """Yield the problem of a library that lost commits."""
    try:
        Library.open(path).close()
    except CorruptError as error:
        yield Problem(str(error).partition(". ")[0], _REPAIR)


def _damage(error: CorruptError) -> Problem:
    """Return the problem of a database that cannot be read."""
    what = str(error)
    if "--repair" in what:
        return Problem(what.partition(". ")[0], f"{_REPAIR}, then ingest the articles again; or {_RESTORE}")
    return Problem(what.partition(";")[0], _RESTORE)


def _verdict(library: Library, progress: Progress) -> Verdict:
    checks: list[Callable[[Library], Iterator[Problem]]] = [
        _pages,
        _references,
        _offsets,
        _vectors,
        _words,
        _past,
        _copies,
    ]
    problems: list[Problem] = []
    with library.database.snapshot():
        for done, check in enumerate(checks, 1):
            progress(done, len(checks) + 1, check.__name__.strip("_"))
            problems.extend(check(library))
        articles, passages = library.database.rows("SELECT (SELECT count(*) FROM articles), (SELECT count(*) FROM passages)")[0]
    problems.extend(_index(library))
    return Verdict(articles, passages, tuple(problems))


def _pages(library: Library) -> Iterator[Problem]:
    """Look at every page of the database, its checksum, and whether tables and indexes agree."""
    for (found,) in library.database.rows(f"PRAGMA integrity_check({_SHOWN})"):
        if found != "ok":
            yield Problem(f"the database is inconsistent: {' '.join(str(found).split())}", _RESTORE)


def _references(library: Library) -> Iterator[Problem]:
    for table, _, parent, _ in library.database.rows("PRAGMA foreign_key_check")[:_SHOWN]:
        yield Problem(f"a row of {table!r} names an article that is not in {parent!r}", _RESTORE)


def _offsets(library: Library) -> Iterator[Problem]:
    """Look whether each article has passages, and each lies within its article."""
    rows = library.database.rows(
        'SELECT a.id FROM articles a LEFT JOIN (SELECT article_id, min(start) AS first, max("end") AS last, '
        'min("end" - start) AS shortest FROM passages GROUP BY article_id) p ON p.article_id = a.id '
        "WHERE coalesce(first < 0 OR shortest <= 0 OR last > length(a.text), 1) ORDER BY a.id LIMIT :shown",
        shown=_SHOWN,
    )
    for (article_id,) in rows:
        yield Problem(
            f"article {article_id!r} has no passage, or one that reaches beyond its text",
            f"rag library remove {article_id}, then ingest it again",
        )


def _vectors(library: Library) -> Iterator[Problem]:
    """Look whether each passage has a vector of the library's embedder, of one width and of length 1."""
    (missing,) = library.database.rows(
        "SELECT count(*) FROM passages p WHERE NOT EXISTS "
        "(SELECT 1 FROM vectors v WHERE v.text_hash = p.text_hash AND v.model = :model)",
        model=library.model,
    )[0]
    if missing:
        yield Problem(f"{missing:,} passages have no vector of the embedder {library.model!r}", "rag library rebuild")
    n_bad, width, after = 0, 0, 0
    while rows := library.database.rows(
        "SELECT rowid, vector FROM vectors WHERE model = :model AND rowid > :after ORDER BY rowid LIMIT :limit",
        model=library.model,
        after=after,
        limit=_BLOCK,
    ):
        after = rows[-1][0]
        width = width or len(rows[0][1])
        whole = [blob for _, blob in rows if len(blob) == width and width % 4 == 0]
        lengths = np.linalg.norm(np.frombuffer(b"".join(whole), dtype="<f4").reshape(len(whole), -1), axis=1)
        n_bad += len(rows) - int((np.abs(lengths - 1) <= _LENGTH_TOLERANCE).sum())
    if n_bad:
        yield Problem(f"{n_bad:,} vectors are not of length 1 and {width // 4} numbers wide", _REEMBED)


def _words(library: Library) -> Iterator[Problem]:
    """Look whether the full-text index holds the words of every passage, and of no other."""
    for what, sql in (
        ("lacks", "SELECT count(*) FROM passages WHERE number NOT IN (SELECT id FROM words_docsize)"),
        ("still holds", "SELECT count(*) FROM words_docsize WHERE id NOT IN (SELECT number FROM passages)"),
    ):
        (count,) = library.database.rows(sql)[0]
        if count:
            yield Problem(f"{_WORDS} {what} {count:,} passages", _REPAIR)


def _past(library: Library) -> Iterator[Problem]:
    """Look whether what cleaning removed can be read, and whether no earlier version is missing."""
    for what, sql in (
        ("what cleaning removed from article {!r} cannot be read", "FROM removed r WHERE NOT json_valid(pieces)"),
        (
            "earlier versions of article {!r} are missing",
            "FROM (SELECT number, max(version) AS last, count(*) AS found FROM versions GROUP BY number) r WHERE last != found",
        ),
    ):
        rows = library.database.rows(
            f"SELECT (SELECT id FROM articles a WHERE a.number = r.number) {sql} LIMIT :shown", shown=_SHOWN
        )
        for (article_id,) in rows:
            yield Problem(what.format(article_id), _RESTORE)


def _copies(library: Library) -> Iterator[Problem]:
    """Look whether each article is found by the marks that it bears, and each copy leads to an article that is none."""
    copies.teach(library.database.connection)
    for what, sql in (
        ("lacks the marks of", f"{_BORNE} EXCEPT {_HELD}"),
        ("holds marks that are not those of", f"{_HELD} EXCEPT {_BORNE}"),
        ("does not know the marks of", "SELECT 0, number FROM articles WHERE marks = x'' AND marks_of(text) != x''"),
        ("leads to a copy from", "SELECT 0, number FROM copies WHERE canonical IN (SELECT number FROM copies)"),
    ):
        (count,) = library.database.rows(f"SELECT count(DISTINCT number) FROM ({sql})")[0]
        if count:
            yield Problem(f"{_DUPLICATES} {what} {count:,} articles", _REPAIR)


def _index(library: Library) -> Iterator[Problem]:
    """Look whether every generation of the index is what was published, and whether the current one is used."""
    assert library.path
    folder = library.path / "index"
    current = current_number(folder)
    for number in sorted(numbers(folder)):
        place = folder / f"{number:06d}"
        if not is_sound(place) and place.exists():  # a writer deletes old ones
            yield Problem(f"generation {number} of the index is damaged", _REPAIR)
    if library.count() and library.index.number not in {current, current_number(folder)}:
        named = f"generation {current}" if current else "no generation"
        yield Problem(f"{named} of the index is the current one, searches use {library.index.number or 'none'}", _REPAIR)


def _rewrite_words(library: Library) -> None:
    """Make the full-text index anew, in one transaction."""
    database = library.database
    with database.transaction():
        database.run("INSERT INTO words (words) VALUES ('delete-all')")
        for article_id in library.article_ids():
            article = library.article(article_id)
            numbers = dict(database.rows("SELECT id, number FROM passages WHERE article_id = :id", id=article_id))
            texts = [(numbers[p.id], indexed_text(article, p)) for p in library.passages_of(article_id)]
            database.run_many("INSERT INTO words (rowid, text) VALUES (?, ?)", texts)


def _rewrite_index(library: Library) -> None:
    """Make the index anew, and take away the generations that are damaged."""
    assert library.path
    folder = library.path / "index"
    for number in numbers(folder):
        if not is_sound(folder / f"{number:06d}"):
            shutil.rmtree(folder / f"{number:06d}", ignore_errors=True)
    library.index.publish(force=True)
