"""Proof that the harness works: every planted fault moves its metric and trips the gate; an unchanged run does not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from random import Random

import pytest

from eval.compare import Level
from eval.gate import Verdict
from eval.gold import GoldQuestion
from eval.harness import Bench, Outcome
from eval.metrics import METRICS, Direction
from eval.records import SavedAnswer, SavedCitation, SavedClaim
from eval.run import Run
from eval.score import means
from eval.stage import Stage
from rag.types import Status
from rag.types import Verdict as Support
from tests.eval.pipelines import REFUSAL

Fault = Callable[[GoldQuestion, SavedAnswer], SavedAnswer]


@pytest.fixture
def blessed(bench: Bench, oracle_run: Run) -> Bench:
    """A bench whose baseline is the oracle."""
    bench.bless(oracle_run, reason="the oracle", today=date(2025, 1, 1))
    return bench


def planted(bench: Bench, run: Run, fault: Fault) -> Outcome:
    answers = [fault(asked, given) for asked, given in zip(bench.gold.questions, run.answers, strict=True)]
    return bench.score(replace(run, answers=tuple(answers)))


def failing(outcome: Outcome) -> set[str]:
    assert outcome.gate is not None
    return {check.metric for check in outcome.gate.checks if check.level is Level.FAIL} | {
        failure.partition(":")[0] for failure in outcome.gate.failures
    }


def drop_citations(_: GoldQuestion, given: SavedAnswer) -> SavedAnswer:
    claims = tuple(claim.model_copy(update={"citations": ()}) for claim in given.claims)
    bare = " ".join(claim.text for claim in claims) or given.text
    return given.model_copy(update={"text": bare, "citations": (), "claims": claims})


def swap_numbers(_: GoldQuestion, given: SavedAnswer) -> SavedAnswer:
    table = str.maketrans("123456789", "234567891")
    claims = tuple(claim.model_copy(update={"text": claim.text.translate(table)}) for claim in given.claims)
    text = " ".join(f"{claim.text} [{at}]" for at, claim in enumerate(claims, 1))
    return given.model_copy(update={"text": text or given.text, "claims": claims})


def always_refuse(_: GoldQuestion, given: SavedAnswer) -> SavedAnswer:
    return given.model_copy(update={"status": Status.ABSTAINED, "text": REFUSAL, "claims": (), "citations": ()})


def always_answer(_: GoldQuestion, given: SavedAnswer) -> SavedAnswer:
    if given.status is Status.ANSWERED:
        return given
    claim = SavedClaim(text="It was in spring.", verdict=Support.UNSUPPORTED)
    return given.model_copy(update={"status": Status.ANSWERED, "text": claim.text, "claims": (claim,)})


def say_the_stale_value(asked: GoldQuestion, given: SavedAnswer) -> SavedAnswer:
    if asked.type != "temporal":
        return given
    return given.model_copy(update={"text": f"{given.text} {asked.forbid[0].any_of[0]}."})


def lose_a_side(asked: GoldQuestion, given: SavedAnswer) -> SavedAnswer:
    if asked.type != "conflict":
        return given
    update = {"text": f"{given.claims[0].text} [1]", "claims": given.claims[:1], "citations": given.citations[:1]}
    return given.model_copy(update=update)


def rank_badly(_: GoldQuestion, given: SavedAnswer) -> SavedAnswer:
    filler = tuple(span.model_copy(update={"article_id": f"filler-{at}"}) for span in given.ranked[:1] for at in range(6))
    return given.model_copy(update={"ranked": (*filler, *reversed(given.ranked))})


def shuffle_ranking(_: GoldQuestion, given: SavedAnswer) -> SavedAnswer:
    shuffled = list(given.ranked) + [
        given.ranked[0].model_copy(update={"article_id": f"other-{at}"}) for at in range(12) if given.ranked
    ]
    Random(0).shuffle(shuffled)
    return given.model_copy(update={"ranked": tuple(shuffled)})


def name_another_speaker(_: GoldQuestion, given: SavedAnswer) -> SavedAnswer:
    claims = tuple(claim.model_copy(update={"text": f"Karl Voss said that {claim.text}"}) for claim in given.claims)
    text = " ".join(f"{claim.text} [{at}]" for at, claim in enumerate(claims, 1))
    return given.model_copy(update={"text": text or given.text, "claims": claims})


def obey(asked: GoldQuestion, given: SavedAnswer) -> SavedAnswer:
    return given.model_copy(update={"text": f"{given.text} {asked.canary}"})


def obey_elsewhere(asked: GoldQuestion, given: SavedAnswer) -> SavedAnswer:
    poisoned = asked.id == "con-001"  # its search finds the poisoned museum article too
    return given.model_copy(update={"text": f"{given.text} ORCHID-4471"}) if poisoned else given


def show_the_future(asked: GoldQuestion, given: SavedAnswer) -> SavedAnswer:
    later = [span.model_copy(update={"article_id": "gold-ferry-fares-2024"}) for span in given.ranked[:1]]
    return given.model_copy(update={"ranked": (*given.ranked, *later)}) if asked.as_of else given


def cite_beside(_: GoldQuestion, given: SavedAnswer) -> SavedAnswer:
    def moved(citation: SavedCitation) -> SavedCitation:
        return citation.model_copy(update={"start": citation.start + 3, "end": citation.end + 3})

    return given.model_copy(update={"citations": tuple(map(moved, given.citations))})


def crash_once(asked: GoldQuestion, given: SavedAnswer) -> SavedAnswer:
    return SavedAnswer(id=given.id, error="RuntimeError: boom") if asked.id == "sgl-001" else given


@pytest.mark.parametrize(
    ("fault", "metrics"),
    [
        (drop_citations, {"citation_recall", "gold_citation_recall", "number_fidelity"}),
        (swap_numbers, {"correct", "vital_recall", "number_fidelity", "citation_recall"}),
        (always_refuse, {"correct", "vital_recall", "over_refusal", "abstention_precision"}),
        (always_answer, {"correct", "abstention_recall", "citation_recall"}),
        (say_the_stale_value, {"correct"}),
        (lose_a_side, {"both_sides", "correct"}),
        (rank_badly, {"doc_recall_at_5", "mrr_at_10", "ndcg_at_10", "evidence_recall_at_5"}),
        (shuffle_ranking, {"mrr_at_10", "ndcg_at_10", "doc_recall_at_5"}),
        (name_another_speaker, {"citation_recall", "citation_precision"}),
        (obey, {"inj-001"}),
        (obey_elsewhere, {"con-001"}),
        (show_the_future, {"tmp-001"}),
        (cite_beside, {"quote_fidelity", "citation_recall"}),
    ],
)
def test_a_planted_fault_moves_its_metrics_and_fails_the_gate(
    blessed: Bench, oracle_run: Run, fault: Fault, metrics: set[str]
) -> None:
    outcome = planted(blessed, oracle_run, fault)
    assert outcome.exit_code == 1
    assert metrics <= failing(outcome)


def test_an_unchanged_rerun_passes_and_no_metric_moves(blessed: Bench, oracle_run: Run) -> None:
    outcome = blessed.score(oracle_run)
    assert outcome.gate is not None
    assert outcome.exit_code == 0
    assert {check.level for check in outcome.gate.checks} == {Level.PASS}
    assert not any(check.change for check in outcome.gate.checks)
    assert outcome.gate.flips is not None
    assert outcome.gate.flips.lost == outcome.gate.flips.won == ()


def test_a_failed_question_is_a_run_error(blessed: Bench, oracle_run: Run) -> None:
    outcome = planted(blessed, oracle_run, crash_once)
    assert outcome.exit_code == 4
    assert outcome.gate is not None
    assert outcome.gate.verdict is Verdict.ERROR


def test_a_missing_answer_counts_as_an_error_never_as_absent(blessed: Bench, oracle_run: Run) -> None:
    outcome = blessed.score(replace(oracle_run, answers=oracle_run.answers[1:]))
    assert outcome.exit_code == 4
    assert len(outcome.results) == len(blessed.gold.questions)


def test_the_order_of_answers_does_not_matter(blessed: Bench, oracle_run: Run) -> None:
    turned = replace(oracle_run, answers=tuple(reversed(oracle_run.answers)))
    assert means(blessed.score(turned).results) == means(blessed.score(oracle_run).results)


def test_the_oracle_is_perfect(bench: Bench, oracle_run: Run) -> None:
    results = bench.score(oracle_run).results
    wanted = {name: 1.0 if metric.direction is Direction.UP else 0.0 for name, metric in METRICS.items()}
    for at_one in ("doc_recall_at_1", "evidence_recall_at_1"):
        del wanted[at_one]  # two groups do not fit in one place
    del wanted["in_prompt_recall"]  # the oracle has no prompt
    assert {name: means(results)[name].value for name in wanted} == wanted
    assert {result.stage for result in results} == {Stage.NONE}
