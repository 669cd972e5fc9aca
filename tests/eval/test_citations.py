"""Citation metrics and the support check against values worked out by hand."""

from __future__ import annotations

import pytest

from eval.records import SavedAnswer, SavedClaim
from eval.support import lexical_support
from rag.types import Verdict
from tests.eval.tiny import LATER, SECOND, VOTE, answer, citation, question, refusal, span, value


def cited(*claims: tuple[str, tuple[int, ...]], quotes: dict[int, tuple[str, str]]) -> SavedAnswer:
    """Return an answer of (sentence, markers) over {marker: (article, words)}."""
    return answer(
        " ".join(f"{text} {''.join(f'[{marker}]' for marker in markers)}" for text, markers in claims),
        claims=tuple(SavedClaim(text=text, verdict=Verdict.SUPPORTED, citations=markers) for text, markers in claims),
        citations=tuple(citation(marker, doc, quote) for marker, (doc, quote) in quotes.items()),
    )


def test_a_marker_is_valid_when_its_quote_lies_in_a_passage_of_the_answer() -> None:
    assert value("citation_validity", question(), answer()) == 1.0
    assert value("citation_validity", question(), answer(hits=(span("a2"),))) == 0.0
    assert value("citation_validity", question(), answer(f"{VOTE} [1][7]")) == 0.5
    assert value("citation_validity", question(), answer(prompt=(span("a2"),))) == 0.0


def test_a_quote_is_faithful_when_it_is_that_slice_of_the_article() -> None:
    assert value("quote_fidelity", question(), answer()) == 1.0
    moved = citation(1, "a1", VOTE, start=1, end=len(VOTE) + 1)
    assert value("quote_fidelity", question(), answer(citations=(moved,))) == 0.0
    invented = citation(1, "a1", "Alpha won nothing at all.")
    assert value("quote_fidelity", question(), answer(citations=(invented,))) == 0.0


def test_recall_is_the_share_of_sentences_that_their_quotes_support() -> None:
    quotes = {1: ("a1", VOTE), 2: ("a2", LATER)}
    assert value("citation_recall", question(), cited((VOTE, (1,)), (LATER, (2,)), quotes=quotes)) == 1.0
    assert value("citation_recall", question(), cited((VOTE, (1,)), (LATER, ()), quotes=quotes)) == 0.5
    assert value("citation_recall", question(), cited((VOTE, (2,)), (LATER, (2,)), quotes=quotes)) == 0.5
    assert value("citation_recall", question(), cited((VOTE, (1, 9)), quotes=quotes)) == 0.0  # [9] points nowhere


def test_two_quotes_may_support_a_sentence_together() -> None:
    joint = "Alpha won 54.53% of the vote and Beta got 40%."
    quotes = {1: ("a1", VOTE), 2: ("a1", SECOND)}
    assert value("citation_recall", question(), cited((joint, (1, 2)), quotes=quotes)) == 1.0
    assert value("citation_precision", question(), cited((joint, (1, 2)), quotes=quotes)) == 1.0


def test_precision_leaves_out_citations_that_do_not_help() -> None:
    quotes = {1: ("a1", VOTE), 2: ("a2", LATER)}
    assert value("citation_precision", question(), cited((VOTE, (1, 2)), quotes=quotes)) == 0.5
    assert value("citation_precision", question(), cited((VOTE, (2,)), quotes=quotes)) == 0.0
    assert value("citation_precision", question(), cited((VOTE, ()), quotes=quotes)) is None


def test_own_support_is_the_share_of_sentences_that_the_assistant_calls_supported() -> None:
    both = cited((VOTE, (1,)), (LATER, (2,)), quotes={1: ("a1", VOTE), 2: ("a2", LATER)})
    doubted = both.model_copy(
        update={"claims": (both.claims[0], both.claims[1].model_copy(update={"verdict": Verdict.PARTIAL}))}
    )
    assert value("own_support", question(), both) == 1.0
    assert value("own_support", question(), doubted) == 0.5


def test_gold_citation_recall_is_the_share_of_groups_cited() -> None:
    two = question(
        type="multi_hop",
        evidence=[{"group": "g1", "doc": "a1", "quote": VOTE}, {"group": "g2", "doc": "a2", "quote": LATER}],
    )
    assert value("gold_citation_recall", two, answer()) == 0.5
    part = question(evidence=[{"group": "g1", "doc": "a1", "quote": "Alpha won 54.53%"}])
    assert value("gold_citation_recall", part, answer()) == 1.0  # the citation holds the quote
    assert value("gold_citation_recall", question(), answer(VOTE, claims=())) == 0.0  # listed, but not in use


def test_a_refusal_is_ineligible_for_citations() -> None:
    for metric in ("citation_validity", "quote_fidelity", "citation_recall", "citation_precision", "own_support"):
        assert value(metric, question(), refusal()) is None


@pytest.mark.parametrize(
    ("premise", "claim", "wanted"),
    [
        (VOTE, "Alpha won 54.53 percent of the vote.", True),
        (VOTE, "Alpha won 54.53% of the vote on October 13, 2025.", True),
        (VOTE, "Alpha won 45.53% of the vote.", False),
        (VOTE, "In October Gamma won 54.53% of the vote.", False),
        (VOTE, "Gamma won 54.53% of the vote.", False),
        (VOTE, "However, Alpha won 54.53% of the vote.", True),
        ("The U.S. gave $5 Million.", "The U.S. gave 5 million dollars.", True),
        ("José Jerí will receive him.", "Jose Jeri will receive him.", True),
        (VOTE, "Alpha did not win 54.53% of the vote.", False),
        (SECOND, "Beta conceded and got 40%.", False),
        (VOTE, "Alpha 54.53% commanded overwhelming nationwide popular enthusiasm.", False),
        ("", "Alpha won.", False),
        (VOTE, "", False),
    ],
)
def test_lexical_support(premise: str, claim: str, wanted: bool) -> None:
    assert lexical_support(premise, claim).is_supported is wanted
