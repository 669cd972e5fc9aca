"""Judged answers as drafts of gold questions: one JSON object a line, in the form of `eval/gold/*.jsonl`.

No draft counts until a person has looked at it (`rag eval accept`): what a reader liked is not yet proven right, and a disliked
answer states what is wrong.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

from rag.types import Answer, Conflict, Quote, Status, Verdict
from ui.conversations.record import Conversation, Feedback, Kept

LIKED = "a reader liked this answer; check it before use"
DISLIKED = "a reader disliked this answer: put the right one in its place"


def gold_drafts(judged: Iterable[tuple[Conversation, Kept]]) -> Iterator[str]:
    """Yield a line of JSON for each judged answer; remarks and questions without an answer are passed over."""
    for conversation, turn in judged:
        if turn.answer is not None and turn.feedback is not None and turn.answer.status is not Status.REMARK:
            yield json.dumps(_draft(conversation, turn, turn.answer, turn.feedback), ensure_ascii=False) + "\n"


def _draft(conversation: Conversation, turn: Kept, answer: Answer, feedback: Feedback) -> dict[str, Any]:
    where = conversation.where
    said = f"; it said: {answer.text}" if not feedback.is_liked else ""
    note = f"; their note: {feedback.note}" if feedback.note else ""
    return {
        "id": f"draft-{hashlib.sha256(f'{conversation.id} {turn.number}'.encode()).hexdigest()[:10]}",
        "accepted": False,
        "split": "dev",
        "cluster": "feedback",
        "question": answer.asked or answer.question,
        **({"as_of": where.as_of.isoformat()} if where.as_of else {}),
        **_expected(answer),
        "tags": ["liked" if feedback.is_liked else "disliked"],
        "notes": f"{LIKED if feedback.is_liked else DISLIKED}{note}{said}",
    }


def _expected(answer: Answer) -> dict[str, Any]:
    """Return the type of a question and what its answer is to state, as far as this answer shows."""
    disagreement = next((one for one in answer.conflicts if not one.is_update and len(one.present) > 1), None)
    if disagreement:
        return _both_sides(disagreement)
    quotes = {citation.marker: citation.quote for citation in answer.citations}
    claims = [claim for claim in answer.claims if claim.verdict is Verdict.SUPPORTED and claim.citations]
    if answer.status is Status.ABSTAINED or not claims:
        near = dict.fromkeys(hit.passage.article_id for hit in answer.hits[:5])
        return {"type": "unanswerable", "expect": "abstain", "near_miss": [_name(id_) for id_ in near]}
    return {
        "type": "single",
        "expect": "answer",
        "answers": [claim.text for claim in claims],
        "nuggets": [_nugget(number, claim.text) for number, claim in enumerate(claims, 1)],
        "evidence": [
            _evidence(number, quotes[marker])
            for number, claim in enumerate(claims, 1)
            for marker in claim.citations
            if marker in quotes
        ],
    }


def _both_sides(conflict: Conflict) -> dict[str, Any]:
    sides = [(f"s{number}", stated) for number, stated in enumerate(conflict.present, 1)]
    return {
        "type": "conflict",
        "expect": "both_sides",
        "answers": [stated.value for _, stated in sides],
        "nuggets": [{**_nugget(number, stated.value), "stance": side} for number, (side, stated) in enumerate(sides, 1)],
        "evidence": [{**_evidence(number, stated.quote), "stance": side} for number, (side, stated) in enumerate(sides, 1)],
    }


def _nugget(number: int, wording: str) -> dict[str, Any]:
    return {"id": f"n{number}", "importance": "vital", "any_of": [wording]}


def _evidence(number: int, quote: Quote) -> dict[str, Any]:
    return {"group": f"g{number}", "doc": _name(quote.article_id), "quote": quote.text}


def _name(article_id: str) -> str:
    """Return an article's id as the gold set can hold it."""
    return re.sub(r"[^\w.-]", "-", article_id)
