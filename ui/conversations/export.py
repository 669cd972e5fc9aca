"""A conversation to take away: as Markdown to read, or as JSON for programs, with every citation."""

from __future__ import annotations

import json
import re
from urllib.parse import quote, urlsplit

from rag.shapes import answer_shape
from rag.types import Answer, Citation, Verdict
from ui.conversations.record import Conversation, Kept

# What articles and models say is escaped, so that no reader of the file loads an image or follows markup of theirs.
_MARKUP = re.compile(r"([\\`*_{}\[\]()<>#+\-.!|~&$:=^])")


def as_markdown(conversation: Conversation) -> str:
    """Return a conversation as Markdown: each question, its answer with markers, what to doubt in it, and its sources."""
    parts = [f"# {_escaped(conversation.title)}", f"Asked on {conversation.created:%-d %B %Y}."]
    for turn in conversation.turns:
        parts += [f"## {_escaped(turn.question)}", *_replied(turn)]
    return "\n\n".join(parts) + "\n"


def as_json(conversation: Conversation) -> str:
    """Return a conversation as JSON; an answer has the shape that `rag ask --json` prints."""
    tree = {
        "id": conversation.id,
        "title": conversation.title,
        "created": conversation.created.isoformat(),
        "updated": conversation.updated.isoformat(),
        "turns": [
            {
                "number": turn.number,
                "question": turn.question,
                "asked_at": turn.asked_at.isoformat(),
                "answer": answer_shape(turn.answer) if turn.answer else None,
                "error": turn.error,
                "feedback": {"is_liked": turn.feedback.is_liked, "note": turn.feedback.note} if turn.feedback else None,
            }
            for turn in conversation.turns
        ],
    }
    return json.dumps(tree, ensure_ascii=False, indent=2) + "\n"


def _replied(turn: Kept) -> list[str]:
    if turn.answer is None:
        return [f"*{_escaped(turn.error or 'Stopped before there was an answer.')}*"]
    return _answered(turn.answer)


def _answered(answer: Answer) -> list[str]:
    """Return the paragraphs of an answer."""
    parts = [f"*Understood as: {_escaped(answer.asked)}*"] if answer.asked else []
    parts += [_escaped(part) for part in (answer.notice, *answer.text.split("\n\n"), answer.as_of_note) if part.strip()]
    doubts = [claim for claim in answer.claims if claim.verdict is not Verdict.SUPPORTED]
    parts += [f"**{claim.verdict.value}:** “{_escaped(claim.text)}” ({_escaped(claim.reason)})" for claim in doubts]
    if answer.citations:
        parts.append("\n".join(_cited(citation) for citation in answer.citations))
    return [*parts, f"*{_escaped(answer.model)}, prompt {_escaped(answer.prompt_version)}*"]


def _cited(citation: Citation) -> str:
    url = citation.source.url
    link = f" <{quote(url, safe=_URL)}>" if urlsplit(url).scheme in ("http", "https") else ""
    label = f"{_escaped(citation.source.label)} ({citation.verdict.value})"
    return f"- \\[{citation.marker}\\] “{_escaped(citation.quote.text)}” — {label}{link}"


_URL = ":/?#[]@!$&'()*+,;=%~"


def _escaped(text: str) -> str:
    """Return a text in one line that Markdown shows as it is."""
    return _MARKUP.sub(r"\\\1", " ".join(text.split()))
