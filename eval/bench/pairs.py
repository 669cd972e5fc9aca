"""Claims with the words that they cite and the verdict that is right: read from files, or made from a public set."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from rag.answer.check import Cited
from rag.errors import InputError
from rag.types import Quote, Source, Verdict

CLAIMS = Path(__file__).parent.parent / "claims"
"""The project's own pairs: `dev.jsonl`, `reworded.jsonl` and `test.jsonl`."""

CLAPNQ = "answerable.jsonl"
"""The file of a CLAP NQ folder that pairs are made from."""

NEWS = "pool.jsonl"
"""The file of a MultiHop-RAG folder whose sentences are altered."""

_NEGATION = re.compile(r"\b(is|are|was|were|can|will|has|have|had)\b(?! not)")
_NUMBER = re.compile(r"\b\d[\d,]*\b")
_NAME = re.compile(r"(?<=[a-z,] )[A-Z][a-z]{3,}\b")


@dataclass(frozen=True, slots=True)
class Pair:
    """One labelled pair. `split` is the name of its file without the ending."""

    id: str
    split: str
    kind: str
    question: str
    claim: str
    cited: tuple[Cited, ...]
    verdict: Verdict


def read_pairs(path: Path | None = None) -> tuple[Pair, ...]:
    """Return the pairs of a JSONL file, of all files of a folder, or of a CLAP NQ or MultiHop-RAG folder; None takes our own.

    Raises:
        InputError: no such file, none in the folder, or a line that is no pair.
    """
    path = path or CLAIMS
    if (path / CLAPNQ).is_file():
        return clapnq_pairs(path / CLAPNQ)
    if (path / NEWS).is_file():
        from eval.bench.alterations import altered_pairs

        return altered_pairs(path / NEWS)
    files = sorted(path.glob("*.jsonl")) if path.is_dir() else [path]
    if not files or not files[0].is_file():
        raise InputError(f"no pairs at {str(path)!r}; give a .jsonl file, a folder of them, or a folder with {CLAPNQ}")
    return tuple(_pair(line, f"{file}:{number}", file.stem) for file in files for number, line in _lines(file))


def _lines(file: Path) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
        if line.strip():
            yield number, line


def _pair(line: str, place: str, split: str) -> Pair:
    try:
        tree = json.loads(line)
        source = _source(tree["article"], tree.get("byline", {}))
        cited = tuple(
            Cited(Quote(source.article_id, 0, len(one["text"]), one["text"]), source, one.get("context", ""))
            for one in tree["quotes"]
        )
        return Pair(tree["id"], split, tree["kind"], tree["question"], tree["claim"], cited, Verdict(tree["verdict"]))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(f"{place} is no labelled pair ({error}); see eval/claims/README.md for the format") from error


def _source(article: str, byline: dict[str, Any]) -> Source:
    day = byline.get("published")
    return Source(article, byline.get("title", ""), byline.get("publisher", ""), date.fromisoformat(day) if day else None)


def clapnq_pairs(file: Path) -> tuple[Pair, ...]:
    """Return pairs made from the answers of CLAP NQ, which annotators wrote from sentences that they selected.

    Each answer over its selected sentences counts as supported, though annotators also joined and shortened: what the check
    doubts there is not always its fault. The same answer over another question's sentences is unsupported; with a number
    changed, a name changed, or a verb denied it is not supported either (`contradicted` by a verb or number, `unsupported` by
    a name), wherever the answer offers one to change.

    Raises:
        InputError: a line is not as CLAP NQ has it.
    """
    rows = [_clapnq_row(line, f"{file}:{number}") for number, line in _lines(file)]
    pairs: list[Pair] = []
    rows = [row for row in rows if row[3]]
    for number, (id, question, answer, cited) in enumerate(rows):
        other = rows[(number + 1) % len(rows)][3]
        pairs.append(Pair(f"{id}-answer", "clapnq", "answer", question, answer, cited, Verdict.SUPPORTED))
        pairs.append(Pair(f"{id}-other", "clapnq", "other question", question, answer, other, Verdict.UNSUPPORTED))
        told = " ".join(one.quote.text for one in cited)
        for kind, changed, verdict in _spoiled(answer, told):
            pairs.append(Pair(f"{id}-{kind}", "clapnq", kind, question, changed, cited, verdict))
    return tuple(pairs)


def _clapnq_row(line: str, place: str) -> tuple[str, str, str, tuple[Cited, ...]]:
    try:
        tree = json.loads(line)
        output = tree["output"][0]
        source = Source(tree["id"], tree["passages"][0]["title"])
        cited = tuple(
            Cited(Quote(tree["id"], 0, len(told), told), source) for told in map(untokenised, output["selected_sentences"])
        )
        return tree["id"], tree["input"], untokenised(output["answer"]), cited
    except (ValueError, KeyError, IndexError, TypeError) as error:
        raise InputError(f"{place} is no line of CLAP NQ ({error!r})") from error


def untokenised(text: str) -> str:
    """Return a text of CLAP NQ as it is printed: `1 , 000 ( about ) it 's` -> `1,000 (about) it's`."""
    text = re.sub(r"(\d) , (\d{3})(?!\d)", r"\1,\2", text)
    text = text.replace("``", "“").replace(" ''", "”").replace("''", "”")
    text = re.sub(r"\s+([,.;:!?%)\]”]|'s\b|n't\b|'\s)", r"\1", text)
    text = re.sub(r"([(\[“$])\s+", r"\1", text)
    text = re.sub(r"(\w) - (\w)", r"\1-\2", text)
    return " ".join(text.split())


def _spoiled(answer: str, told: str) -> Iterator[tuple[str, str, Verdict]]:
    """Yield the answer with one thing made wrong, each in its kind."""
    if number := next((found for found in _NUMBER.finditer(answer) if found.group() in told), None):
        wrong = str(int(number.group().replace(",", "")) + 3)
        yield "number changed", _replaced(answer, number, wrong), Verdict.CONTRADICTED
    if name := next((found for found in _NAME.finditer(answer) if found.group() in told), None):
        yield "name changed", _replaced(answer, name, "Quillborough"), Verdict.UNSUPPORTED
    if verb := _NEGATION.search(answer):
        yield "denied", _replaced(answer, verb, f"{verb.group()} not"), Verdict.CONTRADICTED


def _replaced(text: str, found: re.Match[str], by: str) -> str:
    return text[: found.start()] + by + text[found.end() :]


def splits(pairs: Sequence[Pair]) -> list[str]:
    """Return the names of the splits, in order of first use."""
    return list(dict.fromkeys(pair.split for pair in pairs))
