"""The committed gold set, read once, and the saved answers of the oracle over it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from eval.cli import app
from eval.harness import Bench, Places
from eval.policy import Bootstrap
from eval.profiles import Profile, profile_config
from eval.run import Run, about, ask_all
from rag.errors import NewsRagError
from tests.eval.pipelines import Oracle

Command = Callable[..., tuple[int, str]]


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run in the folder where the test writes its files."""
    monkeypatch.chdir(tmp_path)


@pytest.fixture(scope="session")
def committed() -> Bench:
    """The project's own gold set and articles."""
    return Bench.read(Places())


@pytest.fixture
def rag_eval(capsys: pytest.CaptureFixture[str]) -> Command:
    """Run `rag eval …` as the `rag` command does; return exit code and standard output, or the error's one line."""

    def run(*arguments: object) -> tuple[int, str]:
        capsys.readouterr()
        try:
            code = app([str(argument) for argument in arguments], prog_name="rag eval", standalone_mode=False)
        except NewsRagError as error:
            return error.exit_code, str(error)
        return int(code), capsys.readouterr().out

    return run


@pytest.fixture
def bench(committed: Bench, tmp_path: Path) -> Bench:
    """The project's gold set with a folder of its own for baselines, and a quick bootstrap."""
    policy = committed.policy.model_copy(update={"bootstrap": Bootstrap(resamples=500)})
    return replace(committed, places=Places(baselines=tmp_path / "baselines"), policy=policy)


@pytest.fixture(scope="session")
def oracle_run(committed: Bench) -> Run:
    """What the oracle did with every gold question."""
    answers, _ = ask_all(Oracle(committed.gold, committed.corpus), committed.gold.questions)
    config = profile_config(Profile.HERMETIC, library=Path("library"))
    told = about("hermetic", config, committed.gold, answers, corpus=committed.corpus.digest())
    return Run(told, answers)
