"""What the assistant did with a question, as saved: all that scoring needs, nothing that differs between equal runs.

Times and trace ids are left out, so that two hermetic runs write the same bytes; `run.py` keeps times beside.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from eval.errors import EvalError
from eval.gold import Strict, first_problem
from rag.types import Answer, SearchResult, Status, Verdict


class SavedSpan(Strict):
    """Characters `start:end` of an article's stored text."""

    article_id: str
    start: int
    end: int

    def covers(self, start: int, end: int) -> float:
        """Return the share of the characters `start:end` of the same article that lie in this span, 0 to 1."""
        shared = min(self.end, end) - max(self.start, start)
        return max(0, shared) / (end - start) if end > start else 0.0


class SavedCitation(SavedSpan):
    """A numbered quote of an answer."""

    marker: int
    quote: str
    verdict: Verdict


class SavedClaim(Strict):
    """A sentence of an answer, the markers of its citations, and the assistant's own verdict on it."""

    text: str
    verdict: Verdict
    citations: tuple[int, ...] = ()


class SavedAnswer(Strict):
    """One question's outcome.

    `ranked` are the passages of a search, best first; `hits` those that the answer was made from; `prompt` what of them
    stood in the prompt, None where the assistant does not say. `error` is empty unless the question failed. `repeat` counts
    from 0 where a question was asked more than once.
    """

    id: str
    repeat: int = 0
    status: Status = Status.ABSTAINED
    text: str = ""
    claims: tuple[SavedClaim, ...] = ()
    citations: tuple[SavedCitation, ...] = ()
    ranked: tuple[SavedSpan, ...] = ()
    hits: tuple[SavedSpan, ...] = ()
    prompt: tuple[SavedSpan, ...] | None = None
    model: str = ""
    prompt_version: str = ""
    prompt_tokens: int = 0
    completion_tokens: int = 0
    error: str = ""


def saved_answer(question_id: str, answer: Answer, search: SearchResult, *, repeat: int = 0) -> SavedAnswer:
    """Return the record of an answer and of the search for its question."""
    return SavedAnswer(
        id=question_id,
        repeat=repeat,
        status=answer.status,
        text=answer.text,
        claims=tuple(SavedClaim(text=c.text, verdict=c.verdict, citations=c.citations) for c in answer.claims),
        citations=tuple(
            SavedCitation(
                article_id=citation.quote.article_id,
                start=citation.quote.start,
                end=citation.quote.end,
                marker=citation.marker,
                quote=citation.quote.text,
                verdict=citation.verdict,
            )
            for citation in answer.citations
        ),
        ranked=_spans(search),
        hits=_spans(answer),
        prompt=tuple(SavedSpan(article_id=quote.article_id, start=quote.start, end=quote.end) for quote in answer.shown),
        model=answer.model,
        prompt_version=answer.prompt_version,
        prompt_tokens=answer.tokens.prompt,
        completion_tokens=answer.tokens.completion,
    )


def _spans(found: Answer | SearchResult) -> tuple[SavedSpan, ...]:
    passages = [hit.passage for hit in found.hits]
    return tuple(SavedSpan(article_id=p.article_id, start=p.start, end=p.end) for p in passages)


def read_answers(path: Path) -> tuple[SavedAnswer, ...]:
    """Return the saved answers of a JSONL file.

    Raises:
        EvalError: unreadable file, broken line or a repeated id; it names file and line.
    """
    answers: dict[tuple[str, int], SavedAnswer] = {}
    for number, tree in read_lines(path):
        try:
            answer = SavedAnswer.model_validate(tree)
        except ValidationError as error:
            raise EvalError(f"{path}:{number}: {first_problem(error)}; make it anew with `rag eval run`") from None
        if (answer.id, answer.repeat) in answers:
            raise EvalError(f"{path}:{number}: a second answer to {answer.id!r}; make it anew with `rag eval run`")
        answers[answer.id, answer.repeat] = answer
    return tuple(answers.values())


def read_lines(path: Path) -> list[tuple[int, Mapping[str, Any]]]:
    """Return (1-based line number, object) for each line of a JSONL file that is not blank.

    Raises:
        EvalError: unreadable file or a line that is not a JSON object; it names file and line.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise EvalError(f"{path}: cannot be read: {error}; make it with `rag eval run`") from None
    trees: list[tuple[int, Mapping[str, Any]]] = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            tree = json.loads(line)
        except json.JSONDecodeError as error:
            raise EvalError(f"{path}:{number}: not JSON: {error.msg}; the file was cut off or edited") from None
        if not isinstance(tree, dict):
            raise EvalError(f"{path}:{number}: not a JSON object; the file was cut off or edited")
        trees.append((number, tree))
    return trees


def write_lines(path: Path, trees: Iterable[Mapping[str, Any]]) -> None:
    """Write strict JSON, one object a line, whole or not at all."""
    write_text(path, "".join(dump(tree) + "\n" for tree in trees))


def write_answers(path: Path, answers: Sequence[SavedAnswer]) -> None:
    """Write saved answers as JSONL, in the given order."""
    write_lines(path, [answer.model_dump(mode="json", exclude=None if answer.repeat else {"repeat"}) for answer in answers])


def write_text(path: Path, text: str) -> None:
    """Write a file whole or not at all, and make its folder.

    Raises:
        EvalError: the file cannot be written.
    """
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        partial.write_text(text, encoding="utf-8")
        partial.replace(path)
    except OSError as error:
        with suppress(OSError):
            partial.unlink()
        raise EvalError(f"cannot write {path}: {error.strerror}; name another folder with --out") from None


def dump(tree: Any, *, indent: int | None = None) -> str:
    """Return strict JSON: NaN and infinity raise `ValueError`."""
    return json.dumps(tree, ensure_ascii=False, allow_nan=False, indent=indent)
