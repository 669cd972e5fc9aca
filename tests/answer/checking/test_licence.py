from __future__ import annotations

import pytest

from rag.answer.check import Cited, Finding, check
from rag.types import Quote, Source, Verdict


def judged(sentence: str, *quotes: str, question: str = "") -> Finding:
    source = Source("a", "")
    return check(question, sentence, [Cited(Quote("a", 0, len(text), text), source) for text in quotes])


@pytest.mark.parametrize(
    ("sentence", "quotes"),
    [
        ("Ana Ruiz demolished the old bridge in May.", ["Ana Ruiz opened the old bridge in May."]),  # a word is not there
        ("The city council repaired the bridge.", ["The city council offered to repair the bridge."]),
        ("The city council repaired the bridge.", ["The mayor asked the city council to repair the bridge."]),
        ("The regulator has approved the merger.", ["The regulator has yet to approve the merger."]),
        ("The firm plans a plant and will open it in 2029.", ["The firm will open a plant in 2029 if the council agrees."]),
        (
            "Ana Ruiz received 54 percent of the vote.",
            ["In Lima Eva Paz got 54 percent.", "Her rival, Ana Ruiz, received votes too."],
        ),
        ("The audit found the error after the bank fired Ruiz.", ["The bank fired Ruiz after the audit found the error."]),
        ("Ana Ruiz sued Eva Paz.", ["In a lawsuit by Eva Paz, a court heard Ana Ruiz."]),
        ("The town paid for the refit.", ["The refit was costly, and the town paid a third."]),
    ],
)
def test_a_doubt_leaves_a_sentence_supported_in_part_at_most(sentence: str, quotes: list[str]) -> None:
    finding = judged(sentence, *quotes)
    assert finding.verdict is not Verdict.SUPPORTED
    assert finding.reason


@pytest.mark.parametrize(
    ("sentence", "quote"),
    [
        ("The council of Arica approved the budget in May.", "In May the council of Arica approved the budget of the port."),
        ("The city council offered to repair the bridge.", "The city council offered to repair the bridge before winter."),
        ("The minister resigned on Friday.", "The minister stepped down on Friday after a vote."),
        ("The vote was postponed to June.", "The vote in the council was put off to June."),
        ("The bridge was repaired by the council.", "The council repaired the bridge."),
        ("A and B held talks in Lima.", "A held talks with B in Lima."),
        ("Each bus will be tested, Ruiz promised.", "Ruiz said that each bus would be tested."),
        ("The cooperation agreement was signed in 2005.", "The agreement on cooperation was signed in 2005 in Lima."),
    ],
)
def test_what_leaves_no_doubt_stays_supported(sentence: str, quote: str) -> None:
    finding = judged(sentence, quote)
    assert finding.verdict is Verdict.SUPPORTED, finding.reason


def test_a_short_reply_to_who_has_the_part_that_is_asked_for() -> None:
    quote = "Orrin Foods agreed to buy its rival Tessel."
    assert judged("Orrin Foods.", quote, question="Who agreed to buy Tessel?").verdict is Verdict.SUPPORTED
    assert judged("Tessel.", quote, question="Who agreed to buy Orrin Foods?").verdict is not Verdict.SUPPORTED


def test_one_unknown_word_of_another_language_is_no_doubt() -> None:
    assert judged("El barco zarpó de Lima en mayo.", "The ship left Lima in May.").verdict is not Verdict.CONTRADICTED
    assert judged("Los precios subieron en mayo.", "Prices rose in May.").verdict is Verdict.SUPPORTED
