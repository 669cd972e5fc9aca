"""How far the check of support can be trusted: its precision and recall on labelled pairs, told in every report.

The pairs of `claims/` are sentences with the words they cite and the verdict of a careful reader; `dev` fits the threshold,
`test` shares no article with it. The fit sees beside each supported sentence of `dev` two that are known to be wrong: the same
with the words that a sentence about another article cites, and its first half with a made-up end.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from eval.support import TAU, Supports, lexical_support
from rag.types import Verdict

CLAIMS = Path(__file__).parent / "claims"
GRID = tuple(round(0.05 * step, 2) for step in range(1, 20))
SPARE = 0.01
"""F1 that a stricter threshold may cost."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A sentence, the words that it cites, and whether they state all of it."""

    premise: str
    claim: str
    is_supported: bool
    article: str


@dataclass(frozen=True, slots=True)
class Agreement:
    """Counts over labelled pairs: `hits` are called supported and are, `false_alarms` are called so and are not."""

    n: int
    hits: int
    false_alarms: int
    misses: int

    @property
    def precision(self) -> float:
        """Of the pairs called supported, the share that is; 0 where none is called so."""
        called = self.hits + self.false_alarms
        return self.hits / called if called else 0.0

    @property
    def recall(self) -> float:
        """Of the supported pairs, the share that is called so; 0 where there is none."""
        wanted = self.hits + self.misses
        return self.hits / wanted if wanted else 0.0

    @property
    def f1(self) -> float:
        """The harmonic mean of the two; 0 where both are."""
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0


def read_pairs(name: str) -> list[Pair]:
    """Return the labelled pairs of `dev` or `test`, in file order."""
    lines = (CLAIMS / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    return [
        Pair(
            premise="\n".join(quote["text"] for quote in told["quotes"]),
            claim=told["claim"],
            is_supported=Verdict(told["verdict"]) is Verdict.SUPPORTED,
            article=told["article"],
        )
        for told in map(json.loads, lines)
    ]


def mismatched(pairs: Sequence[Pair]) -> list[Pair]:
    """Return each supported sentence with the words that the next pair of another article cites: none of them holds."""
    found = []
    for at, pair in enumerate(pairs):
        later = (other for other in (*pairs[at:], *pairs[:at]) if other.article != pair.article)
        other = next(later, None)
        if pair.is_supported and other is not None:
            found.append(Pair(other.premise, pair.claim, False, pair.article))
    return found


def half_made_up(pairs: Sequence[Pair]) -> list[Pair]:
    """Return the first half of each supported sentence, ended with plain words of a sentence about another article.

    Plain words are neither names nor numbers: those would give the sentence away whatever the threshold.
    """
    found = []
    for at, pair in enumerate(pairs):
        other = next((one for one in (*pairs[at:], *pairs[:at]) if one.article != pair.article), None)
        if pair.is_supported and other is not None:
            half = pair.claim.split()
            half = half[: (len(half) + 1) // 2]
            plain = [word for word in other.claim.split() if word.isalpha() and word.islower()]
            found.append(Pair(pair.premise, " ".join([*half, *plain]), False, pair.article))
    return found


def agreement(pairs: Iterable[Pair], *, supports: Supports = lexical_support) -> Agreement:
    """Return how the check agrees with the labels."""
    told = [(pair.is_supported, supports(pair.premise, pair.claim).is_supported) for pair in pairs]
    return Agreement(
        n=len(told),
        hits=told.count((True, True)),
        false_alarms=told.count((False, True)),
        misses=told.count((True, False)),
    )


def fit() -> float:
    """Return the strictest threshold of `GRID` whose F1 on `dev` is within `SPARE` of the best."""
    pairs = read_pairs("dev")
    pairs += [*mismatched(pairs), *half_made_up(pairs)]
    f1 = {tau: agreement(pairs, supports=lambda p, c, tau=tau: lexical_support(p, c, tau=tau)).f1 for tau in GRID}
    return max(tau for tau in GRID if f1[tau] >= max(f1.values()) - SPARE)


@cache
def calibration_line() -> str:
    """Return the line that stands beside every figure that rests on the check of support."""
    dev, test = (agreement(read_pairs(name)) for name in ("dev", "test"))
    return (
        f"lexical support, containment >= {TAU}; on {dev.n} labelled pairs made to be hard (dev) its `supported` is right "
        f"{dev.precision:.2f} of the time and finds {dev.recall:.2f} of what is; on {test.n} held out (test) "
        f"{test.precision:.2f} and {test.recall:.2f}"
    )
