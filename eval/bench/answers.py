"""`rag bench answers`: answers to the questions of CLAP NQ, half of which its passages do not answer.

Each question is asked of a library that holds its own passages and nothing else, so that refusing is a matter of reading, not
of searching. The set is not part of the project: https://github.com/primeqa/clapnq has it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from eval.bench.pairs import untokenised
from eval.bench.record import Setup, setup
from eval.normalise import tokens
from rag.answer.write import Writer
from rag.assistant import Assistant
from rag.config import Config
from rag.embed import load_embedder
from rag.errors import InputError
from rag.ingest.article import Draft, build_article
from rag.ingest.metadata import Facts
from rag.ingest.pipeline import ingest
from rag.ports import Embedder, Progress, no_progress
from rag.store.library import Library
from rag.types import Answer, Article, Status

ANSWERABLE, UNANSWERABLE = "answerable.jsonl", "unanswerable.jsonl"

SAME_SENTENCE = 0.7
"""Least overlap of words, as F1 in [0, 1], at which a quote is taken for a sentence of the set; tokenisation differs."""


@dataclass(frozen=True, slots=True)
class Question:
    """A question with its passages. `answers` and `selected` are empty where the passages do not answer it."""

    id: str
    text: str
    articles: tuple[Article, ...]
    answers: tuple[str, ...]
    selected: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Scored:
    """How one question was answered. The shares are in [0, 1]; None where nothing was cited, or there is nothing to cite."""

    id: str
    is_answerable: bool
    status: Status
    text: str
    precision: float | None
    recall: float | None
    rouge_l: float | None


@dataclass(frozen=True, slots=True)
class Report:
    """Figures of a run; each share is in [0, 1] and None where it has no question.

    `right_refusals`: of the unanswerable, those that were refused. `over_refusals`: of the answerable, those that were.
    `citation_precision`, `citation_recall`: means over the answered answerable ones, against the sentences that annotators
    selected. `rouge_l`: mean F1 over all answerable ones, a refusal counting 0; `rouge_l_answered` leaves refusals out.
    """

    llm: str
    n_answerable: int
    n_unanswerable: int
    right_refusals: float | None
    over_refusals: float | None
    citation_precision: float | None
    citation_recall: float | None
    rouge_l: float | None
    rouge_l_answered: float | None
    setup: Setup
    questions: tuple[Scored, ...]


class _Reader(Assistant):
    """An assistant over the passages of one question that shares its models with those of the others."""

    def __init__(
        self, articles: Sequence[Article], embedder: Embedder, config: Config, writers: dict[str, tuple[Writer, str]]
    ) -> None:
        library = Library.in_memory(model=embedder.name)
        for _ in ingest(articles, library, embedder, tokens=config.chunk.tokens):
            pass
        super().__init__(library, embedder, config)
        self._writers = writers


def run(folder: Path, config: Config, *, limit: int | None = None, progress: Progress = no_progress) -> Report:
    """Return how the questions of a CLAP NQ folder are answered with `config.llm.model`.

    Args:
        limit: Ask only the first so many of the answerable and of the unanswerable ones.

    Raises:
        InputError: a file of the folder is missing, or is not as CLAP NQ has it.
        BackendError, GenerationError: the model cannot be used, or failed.
    """
    questions = [question for name in (ANSWERABLE, UNANSWERABLE) for question in read_questions(folder / name)[:limit]]
    embedder = load_embedder(config.embed)
    writers: dict[str, tuple[Writer, str]] = {}
    scored = []
    for done, question in enumerate(questions):
        progress(done, len(questions), question.id)
        with _Reader(question.articles, embedder, config, writers) as reader:
            scored.append(score(question, reader.ask(question.text)))
    progress(len(questions), len(questions), "")
    return summarised(scored, config)


def read_questions(file: Path) -> list[Question]:
    """Return the questions of one file, in order.

    Raises:
        InputError: it is missing, or a line is not as CLAP NQ has it.
    """
    if not file.is_file():
        raise InputError(f"no file {str(file)!r}; give the folder with {ANSWERABLE} and {UNANSWERABLE} of CLAP NQ")
    return [_question(line, f"{file}:{number}") for number, line in enumerate(file.read_text("utf-8").splitlines(), 1) if line]


def _question(line: str, place: str) -> Question:
    try:
        tree = json.loads(line)
        articles = tuple(_article(tree["id"], number, passage) for number, passage in enumerate(tree["passages"]))
        outputs = [output for output in tree["output"] if output["answer"].strip()]
        selected = dict.fromkeys(untokenised(one) for output in outputs for one in output["selected_sentences"])
        return Question(
            tree["id"], tree["input"], articles, tuple(untokenised(output["answer"]) for output in outputs), tuple(selected)
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(f"{place} is no line of CLAP NQ ({error!r})") from error


def _article(id: str, number: int, passage: Mapping[str, Any]) -> Article:
    text = " ".join(untokenised(sentence) for sentence in passage["sentences"])
    return build_article(Draft(text, given=Facts(id=f"{id}-{number}", title=passage["title"])), origin=f"clapnq:{id}")


def score(question: Question, answer: Answer) -> Scored:
    """Return the scores of one answer."""
    is_refused = answer.status is Status.ABSTAINED
    precision = recall = rouge = None
    if question.answers:
        rouge = 0.0 if is_refused else max(rouge_l(_plain(answer), gold) for gold in question.answers)
    if question.selected and not is_refused:
        quotes = [citation.quote.text for citation in answer.citations]
        precision = _share(any(_is_same(quote, gold) for gold in question.selected) for quote in quotes)
        recall = _share(any(_is_same(quote, gold) for quote in quotes) for gold in question.selected)
    return Scored(question.id, bool(question.answers), answer.status, answer.text, precision, recall, rouge)


def _plain(answer: Answer) -> str:
    """Return the answer without its markers."""
    return " ".join(claim.text for claim in answer.claims)


def rouge_l(text: str, gold: str) -> float:
    """Return ROUGE-L as F1, in [0, 1]: the longest common subsequence of words over the words of both; 0 for an empty text.

    >>> rouge_l("the cat sat", "the cat on the mat sat")
    0.6666666666666666
    """
    one, other = tokens(text), tokens(gold)
    if not one or not other:
        return 0.0
    lengths = [0] * (len(other) + 1)
    for word in one:
        previous = 0
        for place, gold_word in enumerate(other, 1):
            previous, lengths[place] = (
                lengths[place],
                previous + 1 if word == gold_word else max(lengths[place], lengths[place - 1]),
            )
    return 2 * lengths[-1] / (len(one) + len(other))


def _is_same(quote: str, gold: str) -> bool:
    """Return whether a quote is, holds, or is most of a sentence of the set."""
    ours, theirs = set(tokens(quote)), set(tokens(gold))
    if not ours or not theirs:
        return False
    common = len(ours & theirs)
    return common == min(len(ours), len(theirs)) or 2 * common / (len(ours) + len(theirs)) >= SAME_SENTENCE


def summarised(scored: Sequence[Scored], config: Config) -> Report:
    """Return the figures of a run."""
    answerable = [one for one in scored if one.is_answerable]
    unanswerable = [one for one in scored if not one.is_answerable]
    answered = [one for one in answerable if one.status is not Status.ABSTAINED]
    return Report(
        llm=config.llm.model,
        n_answerable=len(answerable),
        n_unanswerable=len(unanswerable),
        right_refusals=_share(one.status is Status.ABSTAINED for one in unanswerable),
        over_refusals=_share(one.status is Status.ABSTAINED for one in answerable),
        citation_precision=_mean(one.precision for one in answered),
        citation_recall=_mean(one.recall for one in answered),
        rouge_l=_mean(one.rouge_l for one in answerable),
        rouge_l_answered=_mean(one.rouge_l for one in answered),
        setup=setup(config),
        questions=tuple(scored),
    )


def _share(claims: Iterable[bool]) -> float | None:
    return _mean(float(claim) for claim in claims)


def _mean(values: Iterable[float | None]) -> float | None:
    """Return the mean of the values that there are, to a thousandth."""
    known = [value for value in values if value is not None]
    return round(sum(known) / len(known), 3) if known else None


def as_tree(report: Report) -> dict[str, Any]:
    """Return the report as JSON has it."""
    return asdict(report)


def as_text(report: Report) -> str:
    """Return the report as a table for a terminal."""
    from eval.bench.record import table

    rows = [["figure", "value"]]
    for name in ("right_refusals", "over_refusals", "citation_precision", "citation_recall", "rouge_l", "rouge_l_answered"):
        value = getattr(report, name)
        rows.append([name.replace("_", " "), "-" if value is None else f"{value:.3f}"])
    return f"{report.llm}: {report.n_answerable} answerable, {report.n_unanswerable} unanswerable\n\n{table(rows)}"
