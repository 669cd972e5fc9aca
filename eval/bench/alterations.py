"""Sentences of real news with one thing made wrong in each: what the check of citations must not call supported.

A language model that answers from articles takes most of its words over; where it slips, it slips in one of these ways. Some
changes leave a sentence true (a list in another order), so that a few of them are rightly supported.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path

from eval.bench.pairs import Pair
from rag.answer.check import Cited
from rag.errors import InputError
from rag.sentences import sentence_spans
from rag.types import Quote, Source, Verdict

FEWEST_WORDS, MOST_WORDS = 8, 35

_NAME = re.compile(r"(?<=[a-z,] )(?:[A-Z][a-zé]+(?: [A-Z][a-zé]+)*)")
_NUMBER = re.compile(r"(?<![\w.,$€£-])\d[\d,.]*\d|\b\d\b")
_LISTED = re.compile(r"(?:,| and| or|, and|['’]s| to|-|–)?\s*")
_MODAL = re.compile(r"\b(?:may|might|could)\b(?! not)")
_HEDGE = re.compile(r"\b(?:allegedly|reportedly|possibly|perhaps|probably|potentially|likely) ")
_GOVERNOR = re.compile(
    r"\b(?:plan|hope|want|need|intend|aim|seek|offer|agree|tri|expect|refus|fail|ask|urg|threaten|promis)(?:s|es|ed|ned)? to"
    r" (?=[a-z])"
)
_AUXILIARY = re.compile(r"\b(?:is|are|was|were|will|can|has|had|have|would)\b(?! not|n't|n’t)")
_DENIAL = re.compile(r" not\b|n't\b|n’t\b| never\b")
_SOME = re.compile(r"\b(?:some|many|most|several|few|certain)\b (?=[a-z]+s\b)")
_OPPOSITES = dict(
    pair
    for one, other in (
        ("after", "before"), ("more", "less"), ("higher", "lower"), ("rose", "fell"), ("increased", "decreased"),
        ("won", "lost"), ("up", "down"), ("best", "worst"), ("largest", "smallest"), ("first", "last"),
    )
    for pair in ((one, other), (other, one))
)  # fmt: skip
_OPPOSITE = re.compile(rf"\b(?:{'|'.join(_OPPOSITES)})\b")


def altered_pairs(file: Path) -> tuple[Pair, ...]:
    """Return pairs made from the sentences of a JSONL file of passages (`id`, `text`, `title`, `publisher`) of MultiHop-RAG.

    Each sentence once as it stands, which is supported, and once for each way of altering it that it offers, which is not.

    Raises:
        InputError: a line is no passage.
    """
    chance = random.Random(0)
    pairs: list[Pair] = []
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
        try:
            row = json.loads(line)
            id, text, source = row["id"], row["text"], Source(row["id"], row["title"], row["publisher"])
        except (ValueError, KeyError, TypeError) as error:
            raise InputError(f"{file}:{number} is no passage ({error!r})") from error
        for place, span in enumerate(sentence_spans(text)):
            told = " ".join(text[span.start : span.end].split())
            if not FEWEST_WORDS <= len(told.split()) <= MOST_WORDS:
                continue
            cited = (Cited(Quote(id, 0, len(told), told), source),)
            pairs.append(Pair(f"{id}-{place}", "altered", "unchanged", "", told, cited, Verdict.SUPPORTED))
            pairs += [
                Pair(f"{id}-{place}-{kind}", "altered", kind, "", changed, cited, verdict)
                for kind, changed, verdict in alterations(told, chance)
            ]
    return tuple(pairs)


def alterations(sentence: str, chance: random.Random) -> Iterator[tuple[str, str, Verdict]]:
    """Yield a sentence with one thing made wrong: its kind, the words, and the verdict that is right then."""
    for kind, pattern in (("names exchanged", _NAME), ("numbers exchanged", _NUMBER)):
        if two := _two(sentence, pattern, chance):
            yield kind, _exchanged(sentence, *two), Verdict.CONTRADICTED
    for kind, pattern, by, verdict in (
        ("may became will", _MODAL, "will", Verdict.PARTIAL),
        ("hedge dropped", _HEDGE, "", Verdict.PARTIAL),
        ("plan became fact", _GOVERNOR, "did ", Verdict.PARTIAL),
        ("some became all", _SOME, "all ", Verdict.PARTIAL),
        ("denial dropped", _DENIAL, "", Verdict.CONTRADICTED),
    ):
        if found := pattern.search(sentence):
            yield kind, f"{sentence[: found.start()]}{by}{sentence[found.end() :]}", verdict
    if found := _AUXILIARY.search(sentence):
        yield "denied", f"{sentence[: found.end()]} not{sentence[found.end() :]}", Verdict.CONTRADICTED
    if found := _OPPOSITE.search(sentence):
        turned = f"{sentence[: found.start()]}{_OPPOSITES[found.group()]}{sentence[found.end() :]}"
        yield "turned round", turned, Verdict.CONTRADICTED


def _two(sentence: str, pattern: re.Pattern[str], chance: random.Random) -> tuple[re.Match[str], re.Match[str]] | None:
    """Return two different matches at random, not side by side in a list; None for none."""
    pairs = [
        (one, other)
        for one, other in combinations(pattern.finditer(sentence), 2)
        if one.group() != other.group() and not _LISTED.fullmatch(sentence[one.end() : other.start()])
    ]
    return chance.choice(pairs) if pairs else None


def _exchanged(sentence: str, one: re.Match[str], other: re.Match[str]) -> str:
    between = sentence[one.end() : other.start()]
    return f"{sentence[: one.start()]}{other.group()}{between}{one.group()}{sentence[other.end() :]}"
