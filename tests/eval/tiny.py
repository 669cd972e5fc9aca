"""A corpus of two articles, and questions and answers made by hand over it."""

from __future__ import annotations

from datetime import date
from typing import Any

from eval.corpus import Corpus
from eval.gold import GoldQuestion
from eval.metrics import METRICS, Item
from eval.records import SavedAnswer, SavedCitation, SavedClaim, SavedSpan
from eval.scores import Score
from rag.types import Article, Status, Verdict

VOTE = "Alpha won 54.53% of the vote on 13 October 2025."
SECOND = "Beta, who did not concede, got 40%."
LATER = "A recount gave Alpha 53 percent of the vote."
TEXT = f"{VOTE} {SECOND} The square stayed calm."
CORPUS = Corpus(
    [
        Article(id="a1", text=TEXT, publisher="Post", published=date(2025, 10, 14)),
        Article(id="a2", text=LATER, publisher="Times", published=date(2025, 12, 1)),
        Article(id="a3", text="Rain fell on the hills."),
    ]
)


def question(**fields: Any) -> GoldQuestion:
    """Return a single question about the vote; `fields` override."""
    told: dict[str, Any] = {
        "id": "q1",
        "split": "dev",
        "cluster": "vote",
        "type": "single",
        "question": "How did Alpha do at the polls?",
        "answers": ["54.53%"],
        "nuggets": [{"id": "n1", "importance": "vital", "number": {"value": 54.53, "unit": "%"}}],
        "evidence": [{"group": "g1", "doc": "a1", "quote": VOTE}],
        "expect": "answer",
    }
    return GoldQuestion.model_validate(told | fields)


def unanswerable(**fields: Any) -> GoldQuestion:
    """Return a question that the articles do not answer."""
    told = {"type": "unanswerable", "expect": "abstain", "answers": [], "nuggets": [], "evidence": []}
    return question(**{"id": "u1", "near_miss": ["a1"], **told, **fields})


def span(doc: str, start: int = 0, end: int | None = None) -> SavedSpan:
    """Return a span; the whole article by default."""
    return SavedSpan(article_id=doc, start=start, end=len(CORPUS.articles[doc].text) if end is None else end)


def citation(marker: int, doc: str, quote: str, **fields: Any) -> SavedCitation:
    """Return a citation of words of an article; of its first characters where they are not in it."""
    start, end = CORPUS.find(doc, quote) or (0, len(quote))
    told = {"article_id": doc, "start": start, "end": end, "marker": marker, "quote": quote, "verdict": "supported"}
    return SavedCitation.model_validate(told | fields)


def answer(text: str = f"{VOTE} [1]", **fields: Any) -> SavedAnswer:
    """Return an answer of one sentence that cites its source; `fields` override."""
    bare = text.removesuffix(" [1]")
    told: dict[str, Any] = {
        "id": "q1",
        "status": Status.ANSWERED,
        "text": text,
        "claims": (SavedClaim(text=bare, verdict=Verdict.SUPPORTED, citations=(1,)),),
        "citations": (citation(1, "a1", VOTE),),
        "ranked": (span("a1"), span("a2")),
        "hits": (span("a1"), span("a2")),
    }
    return SavedAnswer(**(told | fields))


def refusal(text: str = "The articles do not answer this question.", **fields: Any) -> SavedAnswer:
    """Return an answer that says that the articles do not tell."""
    return answer(text, **({"status": Status.ABSTAINED, "claims": (), "citations": ()} | fields))


def score(metric: str, asked: GoldQuestion, given: SavedAnswer) -> Score:
    """Return one metric of one question; its own canary is the only one planted."""
    return METRICS[metric](Item(asked, given, CORPUS, (asked.canary,) if asked.canary else ()))


def value(metric: str, asked: GoldQuestion, given: SavedAnswer) -> float | None:
    """Return the value of one metric of one question; None where there is none."""
    return score(metric, asked, given).value
