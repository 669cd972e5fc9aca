"""The public set MultiHop-RAG as files: questions with their evidence, and the passages to search.

A folder holds `pool.jsonl`, a passage a line (`id`, `text`, `title`, `publisher`, `published`), and a file of questions, one a
line (`query`, `question_type`, `evidence_list` of objects with a `fact`). The news do not answer one without evidence.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from rag.errors import InputError
from rag.ingest import read_passages
from rag.types import Article

POOL = "pool.jsonl"
QUESTIONS = "dev.jsonl"
WHERE = "its authors publish MultiHop-RAG as yixuantt/MultiHopRAG"

Line = TypeVar("Line", bound=BaseModel)


class _Evidence(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)

    fact: str = Field(pattern=r"\S")


class _Question(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)

    id: str | int | None = None
    query: str = Field(pattern=r"\S")
    question_type: str = Field(pattern=r"\S")
    evidence_list: tuple[_Evidence, ...]


class _Passage(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)

    id: str = Field(pattern=r"\S")
    text: str = Field(pattern=r"\S")


@dataclass(frozen=True, slots=True)
class Question:
    """A question, its kind, and the facts that answer it: none where the news do not."""

    id: str
    text: str
    kind: str
    facts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Dataset:
    """Questions in file order, the articles to search, and the text of each by its id, as it stands in the file."""

    name: str
    questions: tuple[Question, ...]
    articles: tuple[Article, ...]
    texts: dict[str, str]

    @property
    def with_evidence(self) -> tuple[Question, ...]:
        """The questions that can be scored."""
        return tuple(question for question in self.questions if question.facts)


def read_multihop(folder: Path, *, questions: Path | None = None) -> Dataset:
    """Return the set in a folder.

    Args:
        questions: File of questions; None takes `dev.jsonl`, else the only other `.jsonl` beside the pool.

    Raises:
        InputError: a file is missing, a line is broken (file and line are named), or no question has evidence.
    """
    if not folder.is_dir():
        raise InputError(f"there is no folder {str(folder)!r}; give one that holds {QUESTIONS} and {POOL}: {WHERE}")
    pool, asked = folder / POOL, questions or _questions_file(folder)
    texts: dict[str, str] = {}
    for number, passage in _lines(pool, _Passage):
        if passage.id in texts:
            raise InputError(f"{pool}, line {number}: the id {passage.id!r} stands on an earlier line too; give each its own")
        texts[passage.id] = passage.text
    found = tuple(
        Question(
            str(number if line.id is None else line.id),
            line.query,
            line.question_type,
            tuple(evidence.fact for evidence in line.evidence_list),
        )
        for number, line in _lines(asked, _Question)
    )
    dataset = Dataset(asked.stem, found, tuple(read_passages(pool)), texts)
    if not dataset.with_evidence:
        raise InputError(f"{asked}: none of {len(found)} questions has evidence, so there is nothing to score; check the file")
    return dataset


def _questions_file(folder: Path) -> Path:
    if (folder / QUESTIONS).is_file():
        return folder / QUESTIONS
    others = sorted(file for file in folder.glob("*.jsonl") if file.name != POOL)
    if len(others) == 1:
        return others[0]
    names = ", ".join(file.name for file in others) or "none"
    raise InputError(f"{folder}: no {QUESTIONS}, and other .jsonl files beside {POOL}: {names}; name one with --questions FILE")


def _lines(file: Path, model: type[Line]) -> Iterator[tuple[int, Line]]:
    """Yield the number, from 1, and the content of each line that is not blank."""
    try:
        for number, raw in enumerate(file.read_bytes().splitlines(), 1):
            if raw.strip():
                yield number, model.model_validate_json(raw)
    except OSError as error:
        raise InputError(f"cannot read {str(file)!r}: {error.strerror}; {WHERE}") from None
    except ValidationError as error:
        fault = error.errors()[0]
        place = ".".join(str(part) for part in fault["loc"])
        raise InputError(f"{file}, line {number}: {place + ': ' if place else ''}{fault['msg']}; mend that line") from None
