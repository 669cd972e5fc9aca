"""A change that moves scores must raise a version, or a baseline of the old scorer would pass for comparable."""

from __future__ import annotations

import hashlib
import json

from eval.metrics import METRICS, Item, scorer_digest
from eval.stage import failure_stage
from tests.eval.tiny import CORPUS, LATER, SECOND, VOTE, answer, citation, question, refusal, span, unanswerable

SCORER = "38db7bfacf66"
SCORES = "6ff511d1d4c3"

CASES = (
    (question(), answer()),
    (question(), answer("Alpha won. [1]")),
    (question(), answer(f"{VOTE} [1][3]")),
    (question(), answer("Gamma won 54.53% of the vote. [1]")),
    (question(), answer(VOTE, claims=())),
    (question(), answer("In June Alpha did not win 54.53 per cent. [1]", prompt=(span("a2"),))),
    (question(), answer(citations=(citation(1, "a1", SECOND),), ranked=(span("a3"), span("a1")))),
    (question(), answer(citations=(citation(1, "a2", LATER),), hits=())),
    (question(forbid=[{"any_of": ["Alpha won"], "why": "x"}]), answer()),
    (question(), refusal()),
    (question(as_of="2025-11-01"), answer("I don't know.")),
    (question(), answer(error="boom")),
    (question(), answer(f"{VOTE} Orchid. [1]")),
    (unanswerable(), answer()),
    (unanswerable(), refusal()),
)


def test_scores_and_scorer_version_move_together() -> None:
    told = [
        [failure_stage(item).value, {name: [s.value, s.status.value] for name in METRICS for s in [METRICS[name](item)]}]
        for item in (Item(asked, given, CORPUS, ("ORCHID",)) for asked, given in CASES)
    ]
    scores = hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:12]
    assert (scorer_digest(), scores) == (SCORER, SCORES), (
        "scores or scorer changed: raise `version` of the metric that moved (or SHARED_VERSION), "
        "set the two constants above to what is shown here, and bless the baselines anew"
    )
