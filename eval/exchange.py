"""Gold sets and saved runs in the files of other tools, and back.

| `--format` | file | one entry |
|---|---|---|
| `ragas` | JSONL | `user_input`, `reference`, `reference_contexts`; of a run also `response`, `retrieved_contexts` |
| `llamaindex` | JSON, `{"examples": [...]}` (`LabelledRagDataset`) | `query`, `reference_answer`, `reference_contexts` |

Their entries hold neither ids of articles nor nuggets. On the way in each context is looked for in the articles, word for word;
one that stands in none is told and left out, and a question without any becomes a draft that nobody may score yet.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from eval.corpus import Corpus
from eval.errors import EvalError
from eval.gold import Gold, GoldQuestion
from eval.records import SavedAnswer, dump, read_lines

UNANSWERED = "The articles do not answer this question."
"""The reference of a question that must be refused: those tools know no refusals."""

SAYS_NOTHING = "check the answer and the nuggets before use: imported"


class Format(StrEnum):
    """Whose file it is."""

    RAGAS = "ragas"
    LLAMAINDEX = "llamaindex"


@dataclass(frozen=True, slots=True)
class Entry:
    """What the tools have in common: a question, the right answer, and the texts that hold it."""

    question: str
    reference: str
    contexts: tuple[str, ...]


def export_text(gold: Gold, how: Format, *, answers: Sequence[SavedAnswer] = (), corpus: Corpus | None = None) -> str:
    """Return a gold set as the text of a file of another tool; with `answers` and `corpus` Ragas' rows hold a run too."""
    by_id = {answer.id: answer for answer in answers if not answer.repeat}
    rows = [_row(question, how, by_id.get(question.id), corpus) for question in gold.questions]
    if how is Format.RAGAS:
        return "".join(dump(row) + "\n" for row in rows)
    return dump({"examples": rows}, indent=1) + "\n"


def _row(question: GoldQuestion, how: Format, answer: SavedAnswer | None, corpus: Corpus | None) -> dict[str, Any]:
    reference = "; ".join(question.answers) if question.expect != "abstain" else UNANSWERED
    contexts = [evidence.quote for evidence in question.evidence]
    if how is Format.LLAMAINDEX:
        human = {"model_name": "", "type": "human"}
        return {
            "query": question.question,
            "query_by": human,
            "reference_contexts": contexts,
            "reference_answer": reference,
            "reference_answer_by": human,
        }
    row: dict[str, Any] = {"user_input": question.question, "reference": reference, "reference_contexts": contexts}
    if answer is not None and corpus is not None:
        row["response"] = answer.error or answer.text
        row["retrieved_contexts"] = [corpus.slice(span.article_id, span.start, span.end) for span in answer.hits]
    return row


def read_entries(path: Path, how: Format) -> list[tuple[int, Entry]]:
    """Return (line, entry) pairs; for LlamaIndex's one JSON object the 1-based number of the example stands for the line.

    Raises:
        EvalError: the file cannot be read, is not of this format, or an entry lacks its question; it names file and line.
    """
    if how is Format.RAGAS:
        return [(line, _entry(tree, ("user_input", "reference"), f"{path}:{line}")) for line, tree in read_lines(path)]
    try:
        examples = json.loads(path.read_text(encoding="utf-8"))["examples"]
    except (OSError, UnicodeDecodeError) as error:
        raise EvalError(f"{path}: cannot be read: {error}; name a file of LlamaIndex's") from None
    except (json.JSONDecodeError, KeyError, TypeError):
        raise EvalError(f'{path}: not a LabelledRagDataset: one JSON object {{"examples": [...]}}') from None
    if not isinstance(examples, list) or not all(isinstance(one, dict) for one in examples):
        raise EvalError(f"{path}: `examples` is not a list of objects, as LabelledRagDataset.save_json writes it")
    keys = ("query", "reference_answer")
    return [(at, _entry(tree, keys, f"{path}: example {at}")) for at, tree in enumerate(examples, 1)]


def _entry(tree: Mapping[str, Any], keys: tuple[str, str], where: str) -> Entry:
    question, reference = tree.get(keys[0]), tree.get(keys[1]) or ""
    contexts = tree.get("reference_contexts") or []
    if not isinstance(question, str) or not question.strip():
        raise EvalError(f"{where}: {keys[0]!r} is missing or no text")
    if not isinstance(reference, str):
        raise EvalError(f"{where}: {keys[1]!r} is no text (got {reference!r})")
    if not isinstance(contexts, list) or not all(isinstance(one, str) for one in contexts):
        raise EvalError(f"{where}: 'reference_contexts' is not a list of texts")
    return Entry(question.strip(), reference.strip(), tuple(filter(None, map(str.strip, contexts))))


def import_lines(entries: Iterable[tuple[int, Entry]], corpus: Corpus) -> tuple[list[dict[str, Any]], list[str]]:
    """Return drafts of gold questions, `accepted` false until a person accepts them, and what could not be taken over."""
    drafts: list[dict[str, Any]] = []
    problems: list[str] = []
    for line, entry in entries:
        evidence: list[dict[str, str]] = []
        for context in entry.contexts:
            docs = [doc for doc in corpus.articles if corpus.find(doc, context)]
            if docs:
                evidence.append({"group": f"g{len(evidence) + 1}", "doc": docs[0], "quote": context})
            else:
                problems.append(f"{line}: stands in no article, and is left out: {context[:80]!r}")
        if not evidence and entry.reference and entry.reference != UNANSWERED:
            problems.append(f"{line}: no context of it stands in the articles; give it evidence: {entry.question[:80]!r}")
        drafts.append(_draft(entry, evidence))
    return drafts, problems


def _draft(entry: Entry, evidence: list[dict[str, str]]) -> dict[str, Any]:
    is_answerable = bool(entry.reference) and entry.reference != UNANSWERED
    name = hashlib.sha256(f"{entry.question}\0{entry.reference}".encode()).hexdigest()[:10]
    told: dict[str, Any] = {"id": f"imported-{name}", "accepted": False, "split": "dev", "cluster": f"imported-{name}"}
    if not is_answerable:
        return {**told, "type": "unanswerable", "question": entry.question, "expect": "abstain", "notes": SAYS_NOTHING}
    wordings = entry.reference.split("; ")  # as `export` joins them
    return {
        **told,
        "type": "multi_hop" if len(evidence) > 1 else "single",
        "question": entry.question,
        "answers": wordings,
        "nuggets": [{"id": "n1", "importance": "vital", "any_of": wordings}],
        "evidence": evidence,
        "expect": "answer",
        "notes": SAYS_NOTHING,
    }
