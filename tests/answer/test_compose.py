from __future__ import annotations

from rag.answer.check import Finding
from rag.answer.compose import NO_ANSWER, Checked, abstain, compose
from rag.types import Article, Status, Verdict

QUESTION = "Who was elected to lead the port union?"


def checked(evidence, place: int, verdict: Verdict, text: str = "A sentence.") -> Checked:  # type: ignore[no-untyped-def]
    return Checked(text, (evidence.sentences[place],), Finding(verdict, "because"))


def test_markers_number_quotes_in_order_of_use(gathered, harbour: list[Article]) -> None:  # type: ignore[no-untyped-def]
    evidence = gathered(QUESTION, *harbour)
    three = [checked(evidence, place, Verdict.SUPPORTED, f"Sentence {place}.") for place in (2, 0, 2)]
    composed = compose(three, evidence)
    assert composed.text == "Sentence 2. [1] Sentence 0. [2] Sentence 2. [1]"
    assert [claim.citations for claim in composed.claims] == [(1,), (2,), (1,)]
    assert [citation.quote for citation in composed.citations] == [evidence.sentences[2].quote, evidence.sentences[0].quote]
    assert composed.status is Status.ANSWERED


def test_a_citation_has_the_worst_verdict_of_its_sentences(gathered, harbour: list[Article]) -> None:  # type: ignore[no-untyped-def]
    evidence = gathered(QUESTION, *harbour)
    composed = compose([checked(evidence, 0, Verdict.SUPPORTED), checked(evidence, 0, Verdict.UNSUPPORTED)], evidence)
    assert [citation.verdict for citation in composed.citations] == [Verdict.UNSUPPORTED]
    assert composed.status is Status.PARTIAL


def test_nothing_supported_abstains(gathered, harbour: list[Article]) -> None:  # type: ignore[no-untyped-def]
    evidence = gathered(QUESTION, *harbour)
    for verdict in (Verdict.UNSUPPORTED, Verdict.CONTRADICTED):
        assert compose([checked(evidence, 0, verdict)], evidence) == abstain(evidence)
    assert compose([], evidence).status is Status.ABSTAINED


def test_abstaining_tells_what_the_articles_do_say_verbatim(gathered, harbour: list[Article]) -> None:  # type: ignore[no-untyped-def]
    composed = abstain(gathered(QUESTION, *harbour))
    assert composed.text.startswith(NO_ANSWER)
    assert "“Members elected Ines Moreau to lead the port union.” [1]" in composed.text
    assert all(claim.text == f"“{composed.citations[place].quote.text}”" for place, claim in enumerate(composed.claims))


def test_abstaining_with_nothing_near_says_only_that(gathered) -> None:  # type: ignore[no-untyped-def]
    composed = abstain(gathered("anything"))
    assert (composed.text, composed.claims, composed.citations) == (NO_ANSWER, (), ())
