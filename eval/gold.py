"""The gold set: questions with known answers, one JSON object a line, checked as it is read.

Evidence is a document and its exact words, never a passage id, so that cutting articles anew keeps the gold set valid.
Evidence of one `group` are alternatives; every group is needed.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal, NoReturn, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from eval.errors import GoldError

Text = Annotated[str, Field(min_length=1)]
Name = Annotated[str, Field(pattern=r"^[\w.-]+$")]
QuestionType = Literal["single", "multi_hop", "temporal", "unanswerable", "conflict", "injection"]
TYPES: tuple[QuestionType, ...] = ("single", "multi_hop", "temporal", "unanswerable", "conflict", "injection")


class Strict(BaseModel):
    """A frozen record that refuses unknown keys, NaN and infinity."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class NumberSpec(Strict):
    """A number that counts as said within `tol`; with a `unit` that must stand within three tokens after it."""

    value: float
    unit: str = ""
    tol: float = Field(0.0, ge=0)


class Nugget(Strict):
    """A fact that a good answer states: one of the wordings in `any_of`, or `number`.

    `stance` ties a nugget of a conflict question to the evidence of the side that says it.
    """

    id: Name
    importance: Literal["vital", "okay"]
    any_of: tuple[Text, ...] = ()
    number: NumberSpec | None = None
    stance: str = ""

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.any_of and self.number is None:
            raise ValueError(f"nugget {self.id!r} needs any_of or number")
        return self


class Forbidden(Strict):
    """Wordings that make an answer wrong, and why: superseded, a false premise, a trap."""

    any_of: tuple[Text, ...] = Field(min_length=1)
    why: Text


class Evidence(Strict):
    """Words of one article that state the answer."""

    group: Name
    doc: Text
    quote: Text
    stance: str = ""


class GoldQuestion(Strict):
    """One question and what a right answer to it is. A draft is not `accepted` until a person did, and is not scored."""

    id: Name
    accepted: bool = True
    split: Literal["dev", "test"]
    cluster: Name
    type: QuestionType
    question: Text
    as_of: date | None = None
    gate: Literal["must_pass"] | None = None
    tags: tuple[Name, ...] = ()
    answers: tuple[Text, ...] = ()
    nuggets: tuple[Nugget, ...] = ()
    forbid: tuple[Forbidden, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    near_miss: tuple[Text, ...] = ()
    canary: str = ""
    poisoned: str = ""
    expect: Literal["answer", "abstain", "both_sides"]
    notes: str = ""

    @model_validator(mode="after")
    def _fits_its_type(self) -> Self:
        for broken, rule in _type_rules(self):
            if broken:
                raise ValueError(f"{self.type} question: {rule}")
        return self

    @property
    def groups(self) -> Mapping[str, tuple[Evidence, ...]]:
        """Evidence by group, in order of first mention."""
        names = dict.fromkeys(item.group for item in self.evidence)
        return {name: tuple(item for item in self.evidence if item.group == name) for name in names}

    @property
    def stances(self) -> tuple[str, ...]:
        """The sides of a conflict question, in order of first mention."""
        return tuple(dict.fromkeys(item.stance for item in self.evidence if item.stance))

    def digest(self) -> str:
        """Return 12 hex digits that change whenever the question or what is asked of its answer does."""
        tree = self.model_dump(mode="json", exclude={"notes", "accepted"})
        return hashlib.sha256(json.dumps(tree, sort_keys=True).encode()).hexdigest()[:12]


def _type_rules(question: GoldQuestion) -> list[tuple[bool, str]]:
    """Return (is broken, rule) for the rules that join several fields."""
    kind = question.type
    vital = [nugget for nugget in question.nuggets if nugget.importance == "vital"]
    stances = set(question.stances)
    wanted = {"unanswerable": "abstain", "conflict": "both_sides"}.get(kind, "answer")
    answerable = kind != "unanswerable"
    planted = bool(question.canary and question.poisoned)
    return [
        (question.expect != wanted, f"expect must be {wanted!r}"),
        (answerable and not question.evidence, "needs evidence"),
        (answerable and not vital, "needs a vital nugget"),
        (answerable and not question.answers, "needs answers"),
        (not answerable and bool(question.evidence or question.nuggets), "takes near_miss, not evidence or nuggets"),
        (kind == "multi_hop" and len(question.groups) < 2, "needs two evidence groups"),
        (kind == "temporal" and not (question.as_of or question.forbid), "needs as_of or a superseded forbid"),
        (kind == "conflict" and len(stances) < 2, "needs evidence of two stances"),
        (kind == "conflict" and stances != {nugget.stance for nugget in vital}, "each stance needs a vital nugget"),
        (kind == "injection" and not planted, "needs canary and poisoned"),
        (len({nugget.id for nugget in question.nuggets}) < len(question.nuggets), "nugget ids repeat"),
    ]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a question stands: a file and a 1-based line."""

    path: Path
    line: int

    def __str__(self) -> str:
        return f"{self.path}:{self.line}"


@dataclass(frozen=True, slots=True)
class Gold:
    """Questions in file order, the place of each by id, and every canary of the whole set.

    A poisoned article is found for other questions than its own, so each answer is searched for each canary.
    """

    questions: tuple[GoldQuestion, ...]
    places: Mapping[str, Place]
    canaries: tuple[str, ...] = ()

    def pick(self, ids: Iterable[str]) -> Gold:
        """Return the questions with these ids, in file order; the canaries stay those of the whole set."""
        wanted = set(ids)
        return replace(self, questions=tuple(question for question in self.questions if question.id in wanted))


def gold_digest(questions: Iterable[GoldQuestion]) -> str:
    """Return 12 hex digits that change whenever a question does; the order of questions does not matter."""
    joined = " ".join(sorted(question.digest() for question in questions))
    return hashlib.sha256(joined.encode()).hexdigest()[:12]


def read_gold(paths: Sequence[Path]) -> Gold:
    """Return the questions of JSONL files.

    Raises:
        GoldError: unreadable file, broken line, unknown or missing field, or a repeated id; it names file and line.
    """
    questions: list[GoldQuestion] = []
    places: dict[str, Place] = {}
    for path in paths:
        for number, line in enumerate(_read(path).splitlines(), 1):
            if not line.strip():
                continue
            place = Place(path, number)
            question = _parse(line, place)
            if question.id in places:
                raise GoldError(f"{place}: id {question.id!r} stands at {places[question.id]} already; rename one")
            questions.append(question)
            places[question.id] = place
    if not questions:
        raise GoldError(f"{', '.join(map(str, paths)) or 'no gold file'}: no question in it; see eval/gold/seeds.jsonl")
    return Gold(tuple(questions), places, tuple(question.canary for question in questions if question.canary))


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise GoldError(f"{path}: cannot be read: {error.strerror}; check --gold") from None
    except UnicodeDecodeError as error:
        raise GoldError(f"{path}: not UTF-8 at byte {error.start}; save it as UTF-8") from None


def _parse(line: str, place: Place) -> GoldQuestion:
    try:
        return GoldQuestion.model_validate(json.loads(line, parse_constant=_no_constant))
    except json.JSONDecodeError as error:
        raise GoldError(f"{place}: not JSON at column {error.colno}: {error.msg}; one object a line") from None
    except ValidationError as error:
        raise GoldError(f"{place}: {first_problem(error)}") from None
    except ValueError as error:
        raise GoldError(f"{place}: {error}") from None


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a number that a gold file may hold")


def first_problem(error: ValidationError) -> str:
    """Return the first problem of a validation, as `field.path: what is wrong (got 'value')`."""
    first: Mapping[str, Any] = error.errors(include_url=False)[0]
    where = ".".join(str(part) for part in first["loc"])
    message = str(first["msg"]).removeprefix("Value error, ")
    got = "" if first["type"] in {"missing", "value_error"} else f" (got {first['input']!r})"
    return f"{where}: {message}{got}" if where else message
