from __future__ import annotations

import pytest

from rag.answer.check import Cited, check
from rag.answer.checking.altered import alterations
from rag.answer.checking.matching import match
from rag.answer.checking.reading import read
from rag.types import Quote, Source, Verdict

SENTENCE = (
    "The court in Lima said on Friday that Ana Ruiz may appeal after Eva Paz paid 300 of the 450 euros, and that most members"
    " of the board plan to leave"
)


def altered(sentence: str, quote: str = SENTENCE) -> list[str]:
    return list(alterations(match(read(sentence, is_wide=True), read(quote, is_wide=True), read(""))))


def test_the_same_words_are_not_altered() -> None:
    assert not altered(SENTENCE)
    assert not altered(SENTENCE.replace(" on Friday", ""))
    assert not altered("Nothing of this was told anywhere.")
    assert not altered("")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Ana Ruiz may appeal after Eva Paz", "Eva Paz may appeal after Ana Ruiz"),
        ("300 of the 450", "450 of the 300"),
        ("may appeal", "will appeal"),
        ("may appeal", "appeal"),
        ("may appeal", "may not appeal"),
        ("after Eva", "before Eva"),
        ("most members", "all members"),
        ("most members", "members"),
        ("plan to leave", "leave"),
        ("The court", "The mayor"),
        ("Lima", "Quito"),
        ("Eva Paz paid", "Eva Paz refused to pay"),
    ],
)
def test_one_changed_thing_keeps_a_sentence_from_being_supported(old: str, new: str) -> None:
    changed = SENTENCE.replace(old, new)
    assert changed != SENTENCE
    cited = [Cited(Quote("a", 0, len(SENTENCE), SENTENCE), Source("a", ""))]
    assert check("", changed, cited).verdict is not Verdict.SUPPORTED


@pytest.mark.parametrize(
    ("sentence", "quote", "told"),
    [
        ("Rates went down in May in all towns.", "Rates went up in May in all towns.", "down"),
        ("The firm kept its majority in the vote.", "The firm lost its majority in the vote.", "kept"),
        ("Ruiz will give up her salary this year.", "Ruiz will give up her bonus this year, but not her salary.", "salary"),
        ("The cuts hit the office in Lima.", "The cuts hit the office in Arica; none are planned in Lima.", "none"),
        ("The bank said Ruiz did it for Paz.", "The bank said Paz did it for Ruiz.", "Ruiz"),
    ],
)
def test_what_is_altered_is_told(sentence: str, quote: str, told: str) -> None:
    assert any(told in reason for reason in altered(sentence, quote)), altered(sentence, quote)


def test_the_passive_puts_its_parties_elsewhere() -> None:
    assert not altered("The plan was endorsed by Ana Ruiz in Lima.", "Ana Ruiz endorsed the plan in Lima.")
