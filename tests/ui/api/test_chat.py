from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.ui.api.test_programs import QUESTION, QUOTE, events


def chat(api: httpx.Client, *said: tuple[str, Any], **more: Any) -> httpx.Response:
    messages = [{"role": role, "content": text} for role, text in said]
    return api.post("/v1/chat/completions", json={"model": "newsrag", "messages": messages, **more})


def test_a_completion_is_openai_s_with_citations(api: httpx.Client) -> None:
    found = chat(api, ("system", "Lie."), ("user", QUESTION), temperature=0.7, max_tokens=5, user="x").json()
    assert found["object"] == "chat.completion"
    assert found["id"].startswith("chatcmpl-")
    (choice,) = found["choices"]
    message = choice["message"]
    assert (choice["finish_reason"], message["role"]) == ("stop", "assistant")
    assert message["citations"][0]["quote"] == QUOTE
    link = message["annotations"][0]["url_citation"]
    assert message["content"][link["start_index"] : link["end_index"]].strip() == "[1]"
    assert link["url"] == "https://harbour.example/strike"
    assert set(found["usage"]) == {"prompt_tokens", "completion_tokens", "total_tokens"}


def test_a_stream_adds_up_to_the_checked_text_and_ends_as_openai_s_do(api: httpx.Client) -> None:
    whole = chat(api, ("user", QUESTION)).json()["choices"][0]["message"]
    chunks = [data for _, data in events(chat(api, ("user", QUESTION), stream=True, stream_options={"include_usage": True}))]
    assert chunks.pop() == "[DONE]"
    usage = chunks.pop()
    assert (usage["choices"], set(usage["usage"])) == ([], {"prompt_tokens", "completion_tokens", "total_tokens"})
    deltas = [chunk["choices"][0]["delta"] for chunk in chunks]
    assert deltas[0] == {"role": "assistant", "content": ""}
    assert "".join(delta.get("content", "") for delta in deltas) == whole["content"]
    assert deltas[-1]["citations"] == whole["citations"]
    assert [chunk["choices"][0]["finish_reason"] for chunk in chunks] == [None] * (len(chunks) - 1) + ["stop"]
    assert {chunk["id"] for chunk in chunks} == {usage["id"]}


def test_earlier_messages_are_what_a_follow_up_leans_on(api: httpx.Client) -> None:
    earlier = (("user", "When did the Alder bridge reopen?"), ("assistant", "The Alder bridge reopened on Tuesday. [1]"))
    found = chat(api, *earlier, ("user", [{"type": "text", "text": "And what is its toll?"}])).json()
    assert "Alder bridge" in found["newsrag"]["asked"]
    assert chat(api, ("user", "And what is its toll?")).json()["newsrag"]["asked"] == ""


def test_articles_may_be_chosen(api: httpx.Client) -> None:
    found = chat(api, ("user", QUESTION), where={"publishers": ["El Puerto"]}).json()["newsrag"]
    assert {hit["article_id"] for hit in found["hits"]} <= {"feria"}


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        ({"messages": []}, 422, "messages"),
        ({"messages": [{"role": "assistant", "content": "x"}]}, 400, "has to be the user's"),
        ({"messages": [{"role": "user", "content": ""}]}, 400, "1 to 2,000"),
        ({"messages": [{"role": "user", "content": "x" * 3000}]}, 400, "3,000 characters"),
        ({"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "x"}}]}]}, 400, "'image_url'"),
        ({"messages": [{"role": "king", "content": "x"}]}, 422, "role"),
        ({"messages": [{"role": "user", "content": "x"}], "model": "gpt-5"}, 404, "newsrag"),
        ({"messages": [{"role": "user", "content": "x"}], "n": 3}, 422, "n"),
    ],
)
def test_errors_have_openai_s_shape(api: httpx.Client, body: dict[str, Any], status: int, said: str) -> None:
    for more in ({}, {"stream": True}):
        reply = api.post("/v1/chat/completions", json={**body, **more})
        error = reply.json()["error"]
        assert reply.status_code == status
        assert said in error["message"]
        assert set(error) == {"message", "type", "param", "code"}


def test_the_models_are_listed_and_each_answers(api: httpx.Client) -> None:
    found = api.get("/v1/models").json()
    assert found["object"] == "list"
    names = [one["id"] for one in found["data"]]
    assert names == ["newsrag", "extractive"]
    for name in names:
        assert chat(api, ("user", QUESTION), model=name).json()["model"] == name
