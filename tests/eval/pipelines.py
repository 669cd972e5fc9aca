"""Pipelines with a known score: one that knows the gold set, one that knows nothing, one that crashes."""

from __future__ import annotations

from eval.corpus import Corpus
from eval.gold import Gold, GoldQuestion
from rag.types import (
    ANY,
    Answer,
    Citation,
    Claim,
    Filter,
    Hit,
    Passage,
    Quote,
    SearchResult,
    Status,
    Tokens,
    Verdict,
)

REFUSAL = "The articles do not answer this question."


class Oracle:
    """Finds the articles that hold the evidence, says the evidence word for word, and refuses what has none."""

    def __init__(self, gold: Gold, corpus: Corpus) -> None:
        self._questions = {(question.question, question.as_of): question for question in gold.questions}
        self._corpus = corpus

    def search(self, question: str, *, k: int | None = None, where: Filter = ANY) -> SearchResult:
        """Return the whole articles with evidence, each as one passage."""
        docs = dict.fromkeys(evidence.doc for evidence in self._questions[question, where.as_of].evidence)
        hits = tuple(self._hit(doc) for doc in docs)
        return SearchResult(question, hits[:k], {"search": 1.0})

    def ask(self, question: str, *, where: Filter = ANY) -> Answer:
        """Return every quote of the evidence as a cited sentence."""
        known = self._questions[question, where.as_of]
        quotes = self._quotes(known)
        claims = tuple(Claim(quote.text, Verdict.SUPPORTED, (at,)) for at, quote in enumerate(quotes, 1))
        text = " ".join(f"{claim.text} [{at}]" for at, claim in enumerate(claims, 1))
        return Answer(
            question=question,
            status=Status.ANSWERED if quotes else Status.ABSTAINED,
            text=text or REFUSAL,
            claims=claims,
            citations=tuple(
                Citation(at, quote, self._corpus.articles[quote.article_id].source, Verdict.SUPPORTED)
                for at, quote in enumerate(quotes, 1)
            ),
            hits=self.search(question, where=where).hits,
            model="oracle",
            prompt_version="oracle/1",
            index_generation=1,
            timings_ms={"total": 2.0},
            tokens=Tokens(10, 5),
            trace_id="differs",
            shown=tuple(quotes),
        )

    def _hit(self, doc: str) -> Hit:
        article = self._corpus.articles[doc]
        return Hit(Passage(doc, doc, 0, len(article.text), article.text), article.source, 1.0)

    def _quotes(self, question: GoldQuestion) -> list[Quote]:
        quotes = []
        for evidence in question.evidence:
            place = self._corpus.find(evidence.doc, evidence.quote)
            assert place is not None
            quotes.append(Quote(evidence.doc, *place, evidence.quote))
        return quotes


class Empty:
    """Finds nothing and refuses everything."""

    def search(self, question: str, *, k: int | None = None, where: Filter = ANY) -> SearchResult:  # noqa: ARG002
        """Return no hit."""
        return SearchResult(question, (), {})

    def ask(self, question: str, *, where: Filter = ANY) -> Answer:  # noqa: ARG002
        """Return a refusal."""
        return Answer(question, Status.ABSTAINED, REFUSAL, (), (), (), "empty", "", 1, {}, Tokens(), "")


class Crashing(Empty):
    """Fails on every question."""

    def ask(self, question: str, *, where: Filter = ANY) -> Answer:  # noqa: ARG002
        """Raise."""
        raise RuntimeError(f"no model for {question!r}")
