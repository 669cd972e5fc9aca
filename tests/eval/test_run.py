"""Asking, saving and reading back: with pipelines of known score, and with the real assistant."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from eval.errors import EvalError, RunError
from eval.harness import Bench, Selection, failed_ids
from eval.profiles import Profile, build_assistant, profile_config, read_folders
from eval.records import read_answers
from eval.run import Run, ask_all, load_run, percentiles, save_run
from eval.score import means, score_answers
from tests.eval.pipelines import Crashing, Empty, Oracle

FILES = ("answers.jsonl", "results.jsonl", "run.json", "summary.json", "summary.md")


def test_the_empty_pipeline_scores_the_known_floor(bench: Bench) -> None:
    answers, times = ask_all(Empty(), bench.gold.questions)
    current = means(score_answers(bench.gold, answers, bench.corpus))
    unanswerable = sum(asked.expect == "abstain" for asked in bench.gold.questions)
    floor = {
        "correct": round(unanswerable / len(answers), 6),
        "vital_recall": 0.0,
        "abstention_recall": 1.0,
        "abstention_precision": round(unanswerable / len(answers), 6),
        "over_refusal": 1.0,
        "citation_recall": None,
        "doc_recall_at_10": 0.0,
        "mrr_at_10": 0.0,
        "injection_success": 0.0,
        "both_sides": 0.0,
    }
    assert {name: current[name].value for name in floor} == floor
    assert times == {}


def test_a_crash_costs_its_own_question_only_and_keeps_its_traceback(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    answers, _ = ask_all(Crashing(), bench.gold.questions[:2])
    assert [given.error for given in answers] == [
        f"RuntimeError: no model for {asked.question!r}" for asked in bench.gold.questions[:2]
    ]
    assert "Traceback" in capsys.readouterr().err


def test_progress_counts_to_the_end(bench: Bench) -> None:
    seen: list[tuple[int, int, str]] = []
    ask_all(Empty(), bench.gold.questions[:2], progress=lambda *told: seen.append(told))
    assert seen == [(0, 2, "sgl-001"), (1, 2, "sgl-002"), (2, 2, "")]


def test_a_saved_run_reads_back_equal(oracle_run: Run, tmp_path: Path) -> None:
    save_run(tmp_path / "run", oracle_run, {"total": [3.0, 1.0, 2.0]})
    assert load_run(tmp_path / "run") == oracle_run
    times = json.loads((tmp_path / "run" / "timings.json").read_text(encoding="utf-8"))
    assert times == {"total": {"n": 3, "p50_ms": 2.0, "p95_ms": 3.0}}


def test_percentiles_of_nothing_are_nothing() -> None:
    assert percentiles({"total": []}) == {}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"id": "a"}\n{"id": "a"}\n', r"answers\.jsonl:2: a second answer to 'a'"),
        ('{"id": "a"}\n{"id": ', r"answers\.jsonl:2: not JSON"),
        ('{"id": "a", "x": 1}\n', r"answers\.jsonl:1: x: Extra inputs"),
        ("[]\n", r"answers\.jsonl:1: not a JSON object"),
    ],
)
def test_broken_saved_answers_are_told_with_file_and_line(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "answers.jsonl").write_text(text, encoding="utf-8")
    with pytest.raises(EvalError, match=message):
        read_answers(tmp_path / "answers.jsonl")


def test_a_run_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(EvalError, match=r"run\.json: cannot be read: No such file.*rag eval run"):
        load_run(tmp_path)
    (tmp_path / "run.json").write_text("{", encoding="utf-8")
    with pytest.raises(EvalError, match=r"run\.json: "):
        load_run(tmp_path)


def test_answers_of_another_gold_set_are_refused(bench: Bench, oracle_run: Run) -> None:
    stranger = oracle_run.answers[0].model_copy(update={"id": "xyz"})
    with pytest.raises(EvalError, match="the run answers 'xyz'"):
        score_answers(bench.gold, [stranger], bench.corpus)


def test_a_run_on_other_articles_is_incomparable(bench: Bench, oracle_run: Run) -> None:
    other = Run(oracle_run.about.model_copy(update={"corpus": "0"}), oracle_run.answers)
    with pytest.raises(EvalError, match="the articles changed since this run") as caught:
        bench.score(other)
    assert caught.value.exit_code == 3


def test_a_selection_narrows_by_type_failure_and_count(bench: Bench, tmp_path: Path) -> None:
    results = tmp_path / "results.jsonl"
    lines = [{"id": "sgl-001", "scores": {"correct": {"value": 1.0}}}, {"id": "tmp-001", "scores": {"correct": {"value": 0}}}]
    results.write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    assert failed_ids(results) == failed_ids(tmp_path) == {"tmp-001"}

    def ids(selection: Selection) -> list[str]:
        return [asked.id for asked in selection.of(bench.gold).questions]

    assert len(ids(Selection())) == len(bench.gold.questions)
    assert ids(Selection(types=("injection",), limit=2)) == ["inj-001", "inj-002"]
    assert ids(Selection(failed_in=results)) == ["tmp-001"]
    with pytest.raises(EvalError, match="no question is left"):
        ids(Selection(types=("single",), failed_in=results))
    results.write_text('{"id": "x"}', encoding="utf-8")
    with pytest.raises(EvalError, match=r"not the results\.jsonl of a run"):
        ids(Selection(failed_in=results))


def test_a_partial_run_is_scored_but_not_judged(bench: Bench, tmp_path: Path) -> None:
    config = profile_config(Profile.HERMETIC, library=tmp_path / "library")
    chosen = Selection(types=("temporal",))
    oracle = Oracle(bench.gold, bench.corpus)
    outcome = bench.ask(oracle, Profile.HERMETIC, config, out=tmp_path / "out", selection=chosen)
    assert (outcome.gate, outcome.exit_code) == (None, 0)
    assert {result.question.type for result in outcome.results} == {"temporal"}
    assert bench.score(load_run(tmp_path / "out")).results == outcome.results


def test_two_hermetic_runs_of_the_assistant_write_the_same_bytes(bench: Bench, tmp_path: Path) -> None:
    outs = [tmp_path / "one", tmp_path / "two"]
    some = Selection(limit=60)
    outcomes = [bench.evaluate(Profile.HERMETIC, out=out, selection=some) for out in outs]
    assert not any(result.answer.error for result in outcomes[0].results)
    for name in FILES:
        assert (outs[0] / name).read_bytes() == (outs[1] / name).read_bytes(), name


def test_the_hermetic_profile_ignores_the_users_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "rag.toml").write_text("[search]\nk = 3\n", encoding="utf-8")
    monkeypatch.setenv("NEWSRAG_SEARCH_K", "4")
    config = profile_config(Profile.HERMETIC, library=tmp_path)
    assert (config.search.k, config.embed.model, config.llm.model) == (8, "hash", "extractive")


def test_an_llm_goes_with_the_live_profile_only(tmp_path: Path) -> None:
    assert profile_config(Profile.LIVE, library=tmp_path, llm="openai:x").llm.model == "openai:x"
    for profile, llm in ((Profile.LIVE, None), (Profile.HERMETIC, "openai:x"), (Profile.LOCAL, "openai:x")):
        with pytest.raises(EvalError, match="--llm PROVIDER:MODEL goes with --profile live"):
            profile_config(profile, library=tmp_path, llm=llm)


def test_a_library_that_cannot_be_made_is_a_run_error(bench: Bench, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(RunError, match="library"):
        build_assistant(profile_config(Profile.HERMETIC, library=tmp_path / "file"), bench.corpus)


def test_an_article_that_cannot_be_read_fails_the_eval(tmp_path: Path) -> None:
    (tmp_path / "empty.txt").write_text("", encoding="utf-8")
    with pytest.raises(EvalError, match="an eval needs every article"):
        read_folders([tmp_path])
