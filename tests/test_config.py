from __future__ import annotations

from pathlib import Path

import pytest

from rag.config import FIELDS, env_name, load_config
from rag.errors import ConfigError


def test_flags_beat_environment_beats_file_beats_default(tmp_path: Path) -> None:
    file = tmp_path / "rag.toml"
    file.write_text('[search]\nk = 3\ncandidates = 30\n[llm]\nmodel = "ollama:a"\n')
    env = {"NEWSRAG_SEARCH_K": "4", "NEWSRAG_LLM_MODEL": "ollama:b"}
    resolved = load_config(file, env=env, flags={"llm.model": "ollama:c", "page.port": None})
    assert (resolved.config.search.candidates, resolved.config.search.k, resolved.config.llm.model) == (30, 4, "ollama:c")
    assert resolved.origin("search.candidates") == str(file)
    assert resolved.origin("search.k") == "NEWSRAG_SEARCH_K"
    assert resolved.origin("llm.model") == "flag"
    assert resolved.origin("page.port") == "default"


def test_rag_toml_in_the_working_folder_is_read() -> None:
    Path("rag.toml").write_text("[search]\nk = 3\n")
    assert load_config(env={}).config.search.k == 3


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[serch]\nk = 3", "'search.k'"),
        ("[search]\nkk = 3", "'search.k'"),
        ("k = 3", "unknown setting 'k'"),
        ("[search]\nk = 0", "greater than or equal to 1"),
        ("[search]\nk = 'many'", "'many'"),
        ("[search\nk = 1", "is not TOML"),
        ("[llm]\nruntime = 'gpu'", "'gpu'"),
    ],
)
def test_a_bad_file_is_refused_with_the_value_and_the_nearest_name(tmp_path: Path, text: str, told: str) -> None:
    file = tmp_path / "rag.toml"
    file.write_text(text)
    with pytest.raises(ConfigError) as error:
        load_config(file, env={})
    assert told in str(error.value)


def test_a_missing_file_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"cannot read the configuration 'nowhere\.toml'"):
        load_config(Path("nowhere.toml"), env={})


def test_an_unknown_variable_is_refused_with_the_nearest() -> None:
    with pytest.raises(ConfigError, match="did you mean 'NEWSRAG_LLM_MODEL'"):
        load_config(env={"NEWSRAG_LLM_MODLE": "x"})


def test_an_empty_variable_counts_as_unset() -> None:
    assert load_config(env={"NEWSRAG_SEARCH_K": ""}).origin("search.k") == "default"


def test_every_setting_has_a_description_and_a_variable_of_its_own() -> None:
    assert all(FIELDS.values())
    assert len({env_name(name) for name in FIELDS}) == len(FIELDS)


def test_the_digest_follows_what_changes_answers_and_nothing_else() -> None:
    base = load_config(env={}).config.digest()
    assert load_config(env={}, flags={"page.port": 9000, "library.path": "x"}).config.digest() == base
    assert load_config(env={}, flags={"search.k": 3}).config.digest() != base
