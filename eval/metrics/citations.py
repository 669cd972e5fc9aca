"""Do the citations hold? Markers that resolve, exact quotes, sentences that their quotes support (ALCE's shape).

The assistant's own verdicts are reported beside an independent check of support, never in its place. A refusal is
ineligible for every metric here: it is neither a perfect citer nor a bad one.
"""

from __future__ import annotations

from dataclasses import dataclass

from eval.metrics.base import COVERED, Item, Metric, Outcome, has_evidence
from eval.records import SavedCitation, SavedClaim
from eval.scores import Score
from eval.support import Support, Supports, lexical_support
from rag.types import Verdict

_REFUSED = "not answered"


@dataclass(frozen=True, slots=True)
class CitationCheck:
    """Whether a marker resolves to a passage that was found, and its quote to the article's exact words."""

    marker: int
    is_valid: bool
    is_exact: bool
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ClaimCheck:
    """Whether the quotes of a sentence together support it, and how many of its citations help."""

    text: str
    is_supported: bool
    n_citations: int
    n_precise: int
    reason: str = ""


def citation_checks(item: Item) -> list[CitationCheck]:
    """Return the check of every marker in use, ascending."""
    by_marker = {citation.marker: citation for citation in item.answer.citations}
    return [_check(item, marker, by_marker.get(marker)) for marker in item.markers]


def _check(item: Item, marker: int, citation: SavedCitation | None) -> CitationCheck:
    if citation is None:
        return CitationCheck(marker, False, False, "the marker points nowhere")
    exact = item.corpus.slice(citation.article_id, citation.start, citation.end) == citation.quote != ""
    seen = item.answer.hits if item.answer.prompt is None else item.answer.prompt
    found = any(
        span.article_id == citation.article_id and span.covers(citation.start, citation.end) >= COVERED for span in seen
    )
    reason = "" if found and exact else "the quote was not found" if exact else "the quote is not the article's text"
    return CitationCheck(marker, found, exact, reason)


def claim_checks(item: Item, *, supports: Supports = lexical_support) -> list[ClaimCheck]:
    """Return the check of every sentence of the answer against the quotes that it cites."""
    checks = {check.marker: check for check in citation_checks(item)}
    quotes = {citation.marker: citation.quote for citation in item.answer.citations}
    return [_claim_check(claim, checks, quotes, supports) for claim in item.answer.claims]


def _claim_check(claim: SavedClaim, checks: dict[int, CitationCheck], quotes: dict[int, str], supports: Supports) -> ClaimCheck:
    markers = list(dict.fromkeys(claim.citations))
    wrong = [marker for marker in markers if not (checks[marker].is_valid and checks[marker].is_exact)]
    support = supports("\n".join(quotes.get(marker, "") for marker in markers), claim.text)
    if not markers:
        support = Support(False, "no citation")
    elif wrong:
        support = Support(False, f"[{wrong[0]}]: {checks[wrong[0]].reason}")
    precise = sum(support.is_supported and _helps(marker, markers, quotes, claim, supports) for marker in markers)
    return ClaimCheck(claim.text, support.is_supported, len(markers), precise, support.reason)


def _helps(marker: int, markers: list[int], quotes: dict[int, str], claim: SavedClaim, supports: Supports) -> bool:
    """Tell whether a citation of a supported sentence counts: it supports alone, or the others do not without it."""
    if supports(quotes[marker], claim.text).is_supported:
        return True
    others = "\n".join(quotes[other] for other in markers if other != marker)
    return not supports(others, claim.text).is_supported


def citation_validity(item: Item) -> Score:
    """Share of markers that resolve to a quote within a passage that the answer was made from."""
    checks = citation_checks(item)
    if item.outcome is not Outcome.ANSWERED:
        return Score.ineligible(_REFUSED)
    return Score.share(sum(check.is_valid for check in checks), len(checks), empty="the answer cites nothing")


def quote_fidelity(item: Item) -> Score:
    """Share of markers whose quote is exactly that slice of the article."""
    checks = citation_checks(item)
    if item.outcome is not Outcome.ANSWERED:
        return Score.ineligible(_REFUSED)
    return Score.share(sum(check.is_exact for check in checks), len(checks), empty="the answer cites nothing")


def citation_recall(item: Item) -> Score:
    """Share of sentences with at least one citation, all of them valid, that together support the sentence."""
    if item.outcome is not Outcome.ANSWERED:
        return Score.ineligible(_REFUSED)
    checks = claim_checks(item)
    return Score.share(sum(check.is_supported for check in checks), len(checks), empty="the answer has no sentence")


def citation_precision(item: Item) -> Score:
    """Share of citations that help: not of an unsupported sentence, and not idle beside others that suffice."""
    if item.outcome is not Outcome.ANSWERED:
        return Score.ineligible(_REFUSED)
    checks = claim_checks(item)
    cited = sum(check.n_citations for check in checks)
    return Score.share(sum(check.n_precise for check in checks), cited, empty="the answer cites nothing")


def gold_citation_recall(item: Item) -> Score:
    """Share of evidence groups of which a quote is cited, whole or by a citation that lies within it."""
    if item.outcome is not Outcome.ANSWERED:
        return Score.ineligible(_REFUSED)
    cited = groups_cited(item)
    return Score.share(len(cited), len(item.question.groups), empty="the question has no evidence")


def groups_cited(item: Item) -> list[str]:
    """Return the evidence groups of which a quote is cited."""
    used = [citation for citation in item.answer.citations if citation.marker in item.markers]
    return [
        name
        for name, group in item.question.groups.items()
        if any(cites(item, citation, evidence.doc, evidence.quote) for citation in used for evidence in group)
    ]


def cites(item: Item, citation: SavedCitation, doc: str, quote: str) -> bool:
    """Tell whether a citation points at the words of a piece of evidence: one holds the other by `COVERED`."""
    place = item.corpus.find(doc, quote)
    if place is None or citation.article_id != doc:
        return False
    start, end = place
    shared = min(citation.end, end) - max(citation.start, start)
    return shared >= COVERED * min(end - start, citation.end - citation.start) and shared > 0


def own_support(item: Item) -> Score:
    """Share of sentences that the assistant's own check calls supported."""
    if item.outcome is not Outcome.ANSWERED:
        return Score.ineligible(_REFUSED)
    own = [claim.verdict is Verdict.SUPPORTED for claim in item.answer.claims]
    return Score.share(sum(own), len(own), empty="the answer has no sentence")


METRICS = (
    Metric("citation_validity", citation_validity),
    Metric("quote_fidelity", quote_fidelity),
    Metric("citation_recall", citation_recall),
    Metric("citation_precision", citation_precision),
    Metric("gold_citation_recall", gold_citation_recall, has_evidence),
    Metric("own_support", own_support),
)
