"""Gold questions proposed by a language model from the user's own articles; each waits for a person to accept it.

The model sees some sentences of one article and writes a question and the words that answer it. What it writes is taken only
if those words stand in the text: the sentence that holds them becomes the evidence, word for word.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

from eval.corpus import Corpus
from eval.normalise import contains, tokens
from rag.converse.wording import wording_for
from rag.sentences import sentence_spans
from rag.types import Article

PASSAGE = 900
"""Most characters of an article in one prompt."""

LONGEST_ANSWER = 120
_LINE = re.compile(r"^\s*\**(question|answer)\**\s*:\s*(.+?)\s*$", re.I | re.M)

Say = Callable[[str], str]
"""Returns a model's reply to a prompt."""


@dataclass(frozen=True, slots=True)
class Drafted:
    """A proposed question as an object of a gold file, or why there is none for a passage."""

    tree: dict[str, Any] | None
    reason: str = ""


def draft(corpus: Corpus, say: Say, *, n: int) -> Iterator[Drafted]:
    """Yield what came of each passage, one of every article before a second of any, until `n` questions are drafted."""
    n_drafted = 0
    seen: set[str] = set()
    for article, start, end in passages(corpus):
        if n_drafted == n:
            return
        drafted = read_draft(article, start, end, say(prompt(article, start, end)))
        if drafted.tree is not None and drafted.tree["question"].casefold() in seen:
            drafted = Drafted(None, "the same question was drafted before")
        if drafted.tree is not None:
            seen.add(drafted.tree["question"].casefold())
            n_drafted += 1
        yield drafted


def passages(corpus: Corpus) -> Iterator[tuple[Article, int, int]]:
    """Yield runs of whole sentences, at most `PASSAGE` characters long unless one sentence is; the first run of every article
    comes before the second of any."""
    of_each = [[(article, *span) for span in _runs(article.text)] for _, article in sorted(corpus.articles.items())]
    for layer in zip_longest(*of_each):
        yield from (passage for passage in layer if passage is not None)


def _runs(text: str) -> Iterator[tuple[int, int]]:
    spans = list(sentence_spans(text))
    while spans:
        start = spans[0][0]
        fit = [span for span in spans if span[1] - start <= PASSAGE] or spans[:1]
        yield start, fit[-1][1]
        spans = spans[len(fit) :]


def prompt(article: Article, start: int, end: int) -> str:
    """Return what asks for a question about some characters of an article."""
    from rag.answer.prompt import boundary_of, load_template  # loads much that other commands do without

    passage = article.text[start:end]
    language = wording_for(passage).name
    return load_template("draft").fill({"boundary": boundary_of(passage), "passage": passage, "language": language})


def read_draft(article: Article, start: int, end: int, reply: str) -> Drafted:
    """Return the draft that a reply makes, or why it makes none."""
    told = {name.lower(): value.strip("\"'“”«» ") for name, value in _LINE.findall(reply)}
    question, answer = told.get("question", ""), told.get("answer", "").rstrip(".")
    if not question.endswith("?") or not tokens(answer):
        return Drafted(None, "the reply is not a question and an answer")
    if len(answer) > LONGEST_ANSWER:
        return Drafted(None, "the answer is longer than a nugget should be")
    if contains(tokens(question), tokens(answer)):
        return Drafted(None, "the answer stands in the question")
    sentences = [(first, last) for first, last in sentence_spans(article.text) if start <= first and last <= end]
    quotes = [article.text[first:last].strip() for first, last in sentences]
    quote = next((one for one in quotes if contains(tokens(one), tokens(answer))), "")
    if not quote:
        return Drafted(None, f"no sentence says {answer!r}")
    if article.text.count(quote) != 1:
        return Drafted(None, "the sentence stands more than once in its article")
    name = hashlib.sha256(f"{article.id}\0{question}".encode()).hexdigest()[:10]
    return Drafted(
        {
            "id": f"draft-{name}",
            "accepted": False,
            "split": "dev",
            "cluster": f"article-{hashlib.sha256(article.id.encode()).hexdigest()[:8]}",
            "type": "single",
            "question": question,
            "answers": [answer],
            "nuggets": [{"id": "n1", "importance": "vital", "any_of": [answer]}],
            "evidence": [{"group": "g1", "doc": article.id, "quote": quote}],
            "expect": "answer",
        }
    )


def accept(lines: Iterable[str], ids: Iterable[str]) -> tuple[list[str], set[str]]:
    """Return the lines of a gold file with these drafts accepted, and the ids that were found among them."""
    wanted = set(ids)
    found: set[str] = set()
    written: list[str] = []
    for line in lines:
        tree = json.loads(line) if line.strip() else {}
        if tree.get("id") in wanted and tree.get("accepted") is False:
            found.add(tree["id"])
            del tree["accepted"]
            line = json.dumps(tree, ensure_ascii=False)
        written.append(line)
    return written, found
