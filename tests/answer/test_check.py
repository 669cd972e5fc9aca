from __future__ import annotations

import pytest

from rag.answer.check import check
from rag.types import Verdict
from tests.conftest import make_article

ARTICLE = make_article(
    "The council of Arica approved 54.5% of the budget on 12 May. Ana Ruiz endorsed the plan. "
    "Chile is not a signatory of the pact. Dockers in Valparaíso want more pay.",
    title="Council votes",
    publisher="Harbour Post",
    published="2025-05-13",
)
BUDGET, RUIZ, PACT, PAY = range(4)


@pytest.mark.parametrize(
    ("question", "sentence", "cited", "verdict"),
    [
        ("How much was approved?", "The council of Arica approved 54.5% of the budget.", [BUDGET], Verdict.SUPPORTED),
        ("How much was approved?", "The council of Arica approved 45.5% of the budget.", [BUDGET], Verdict.UNSUPPORTED),
        ("When was the budget approved?", "12 May.", [BUDGET], Verdict.SUPPORTED),
        ("Who endorsed the plan?", "Ana Ruiz.", [RUIZ], Verdict.SUPPORTED),
        ("Who won the chess cup of Lima?", "Ana Ruiz.", [RUIZ], Verdict.PARTIAL),
        ("Who endorsed the plan?", "Eva Paz endorsed the plan.", [RUIZ], Verdict.UNSUPPORTED),
        ("Is Chile in the pact?", "Chile is not a signatory of the pact.", [PACT], Verdict.SUPPORTED),
        ("Is Chile a signatory of the pact?", "No, Chile is not.", [PACT], Verdict.SUPPORTED),
        ("Is Chile a signatory of the pact?", "Yes, Chile is a signatory.", [PACT], Verdict.CONTRADICTED),
        ("Is Lima a member of the league?", "Yes, Ana Ruiz endorsed the plan.", [RUIZ], Verdict.UNSUPPORTED),
        ("When did Lima approve its budget?", "Lima approved its budget on 12 May.", [BUDGET], Verdict.PARTIAL),
        ("When did Lima approve its budget?", "Quito approved its budget on 12 May.", [BUDGET], Verdict.PARTIAL),
        ("Did Lima fall?", "Lima fell to rebels in secret night raids.", [BUDGET], Verdict.UNSUPPORTED),
        ("Who wants pay?", "Dockers in Valparaiso do not want more pay.", [PAY], Verdict.CONTRADICTED),
        (
            "What did it do?",
            "The council met farmers and teachers in secret for weeks.",
            [BUDGET],
            Verdict.UNSUPPORTED,
        ),
        ("When?", "The Harbour Post of 13 May 2025 says the council approved the budget.", [BUDGET], Verdict.SUPPORTED),
        ("What?", "The council approved the budget and Ana Ruiz endorsed the plan.", [BUDGET, RUIZ], Verdict.SUPPORTED),
    ],
)
def test_verdicts(question: str, sentence: str, cited: list[int], verdict: Verdict, gathered) -> None:  # type: ignore[no-untyped-def]
    evidence = gathered(question, ARTICLE)
    in_order = sorted(evidence.sentences, key=lambda one: one.quote.start)
    finding = check(question, sentence, [in_order[place] for place in cited])
    assert finding.verdict is verdict, finding.reason
    assert finding.reason


def test_nothing_behind_it_is_unsupported() -> None:
    assert check("Who?", "Ana.", []).verdict is Verdict.UNSUPPORTED
