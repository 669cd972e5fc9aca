"""Checked sentences to an answer: markers, citations, status."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rag.answer.check import Finding
from rag.answer.evidence import Evidence, Sentence
from rag.converse.wording import ENGLISH, Wording
from rag.types import Citation, Claim, Quote, Source, Status, Verdict

NO_ANSWER = ENGLISH.no_answer
NEAREST_QUOTES = 2
NEAREST_MATCH = 0.28
"""Least match of a sentence that is worth telling when the articles do not answer: it speaks of the matter at least.

With the default embedder, on three matters that the sample articles do not touch, no sentence matched by more than .25.
"""

_WORST_FIRST = (Verdict.CONTRADICTED, Verdict.UNSUPPORTED, Verdict.PARTIAL, Verdict.SUPPORTED)


@dataclass(frozen=True, slots=True)
class Checked:
    """A sentence of the reply, the sentences of the evidence behind it, and what the check found."""

    text: str
    behind: tuple[Sentence, ...]
    finding: Finding

    @property
    def stands(self) -> bool:
        """Whether it may be shown as it is: it is supported, at least in part."""
        return self.finding.verdict in (Verdict.SUPPORTED, Verdict.PARTIAL)


@dataclass(frozen=True, slots=True)
class Composed:
    """The part of an answer that its sentences decide."""

    status: Status
    text: str
    claims: tuple[Claim, ...]
    citations: tuple[Citation, ...]


def compose(checked: Sequence[Checked], evidence: Evidence, wording: Wording = ENGLISH, *, is_whole: bool = True) -> Composed:
    """Return the answer that the checked sentences make; it abstains where none of them is supported even in part.

    Args:
        is_whole: Whether the sentences are all that the reply said, so that nothing of it was dropped.
    """
    if not any(one.stands for one in checked):
        return abstain(evidence, wording)
    is_whole = is_whole and all(one.finding.verdict is Verdict.SUPPORTED for one in checked)
    return _composed(checked, Status.ANSWERED if is_whole else Status.PARTIAL)


def abstain(evidence: Evidence, wording: Wording = ENGLISH) -> Composed:
    """Return an answer that says the articles do not tell, and then what the nearest sentences do say, verbatim."""
    near = [sentence for sentence in evidence.sentences if sentence.match >= NEAREST_MATCH][:NEAREST_QUOTES]
    verbatim = Finding(Verdict.SUPPORTED, "verbatim")
    told = _composed([Checked(f"“{one.quote.text}”", (one,), verbatim) for one in near], Status.ABSTAINED)
    text = f"{wording.no_answer} {wording.nearest} {told.text}" if near else wording.no_answer
    return Composed(Status.ABSTAINED, text, told.claims, told.citations)


def _composed(checked: Sequence[Checked], status: Status) -> Composed:
    """Return the sentences with markers numbered in order of their first use."""
    markers: dict[Quote, int] = {}
    sources: dict[Quote, Source] = {}
    verdicts: dict[Quote, Verdict] = {}
    claims: list[Claim] = []
    for one in checked:
        for sentence in one.behind:
            quote = sentence.quote
            markers.setdefault(quote, len(markers) + 1)
            sources[quote] = sentence.source
            verdicts[quote] = min(verdicts.get(quote, Verdict.SUPPORTED), one.finding.verdict, key=_WORST_FIRST.index)
        cited = tuple(sorted(markers[sentence.quote] for sentence in one.behind))
        claims.append(Claim(one.text, one.finding.verdict, cited, one.finding.reason))
    citations = tuple(Citation(marker, quote, sources[quote], verdicts[quote]) for quote, marker in markers.items())
    return Composed(status, " ".join(marked(claim) for claim in claims), tuple(claims), citations)


def marked(claim: Claim) -> str:
    """Return the sentence of a claim with its markers: `He won 54.53%. [1][2]`."""
    return f"{claim.text} {''.join(f'[{marker}]' for marker in claim.citations)}".rstrip()
