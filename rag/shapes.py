"""The JSON shapes that `rag search --json` and `rag ask --json` print: stable, documented in the README."""

from __future__ import annotations

from typing import Any

from rag.types import Answer, Citation, Conflict, Hit, SearchResult, Source


def search_shape(result: SearchResult) -> dict[str, Any]:
    """Return `{question, understood, hits, timings_ms}`."""
    understood = result.understanding
    return {
        "question": result.question,
        "understood": {
            "parts": list(understood.parts),
            "publishers": list(understood.publishers),
            "days": [[days.first.isoformat(), days.last.isoformat()] for days in understood.days],
            "phrases": list(understood.phrases),
            "language": understood.language,
            "is_about_now": understood.is_about_now,
        },
        "hits": [_hit(rank, hit) for rank, hit in enumerate(result.hits, 1)],
        "timings_ms": dict(result.timings_ms),
    }


def answer_shape(answer: Answer) -> dict[str, Any]:
    """Return `{question, status, answer, claims, citations, hits, model, …, trace_id}`."""
    return {
        "question": answer.question,
        "status": answer.status.value,
        "answer": answer.text,
        "claims": [
            {
                "text": claim.text,
                "verdict": claim.verdict.value,
                "citations": list(claim.citations),
                "reason": claim.reason,
            }
            for claim in answer.claims
        ],
        "citations": [_citation(citation) for citation in answer.citations],
        "hits": [_hit(rank, hit) for rank, hit in enumerate(answer.hits, 1)],
        "model": answer.model,
        "prompt_version": answer.prompt_version,
        "index_generation": answer.index_generation,
        "timings_ms": dict(answer.timings_ms),
        "tokens": {"prompt": answer.tokens.prompt, "completion": answer.tokens.completion},
        "trace_id": answer.trace_id,
        "notice": answer.notice,
        "conflicts": [_conflict(conflict) for conflict in answer.conflicts],
        "as_of_note": answer.as_of_note,
        "asked": answer.asked,
    }


def _hit(rank: int, hit: Hit) -> dict[str, Any]:
    passage = hit.passage
    return {
        "rank": rank,
        "score": round(hit.score, 6),
        **source_shape(hit.source),
        "start": passage.start,
        "end": passage.end,
        "text": passage.text,
        **{name: beside.text for name, beside in (("before", hit.before), ("after", hit.after)) if beside},
    }


def _citation(citation: Citation) -> dict[str, Any]:
    quote = citation.quote
    return {
        "marker": citation.marker,
        **source_shape(citation.source),
        "quote": quote.text,
        "start": quote.start,
        "end": quote.end,
        "verdict": citation.verdict.value,
    }


def _conflict(conflict: Conflict) -> dict[str, Any]:
    return {
        "is_update": conflict.is_update,
        "stated": [
            {
                "value": one.value,
                "is_superseded": one.is_superseded,
                **source_shape(one.source),
                "quote": one.quote.text,
                "start": one.quote.start,
                "end": one.quote.end,
            }
            for one in conflict.stated
        ],
    }


def source_shape(source: Source) -> dict[str, Any]:
    """Return `{article_id, title, publisher, published, url}`."""
    return {
        "article_id": source.article_id,
        "title": source.title,
        "publisher": source.publisher,
        "published": source.published.isoformat() if source.published else None,
        "url": source.url,
    }
