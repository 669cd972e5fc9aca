import pytest

from rag.assistant import Assistant
from rag.config import Config
from rag.types import Article, Filter


@pytest.fixture
def assistant(harbour: list[Article], config: Config) -> Assistant:
    return Assistant.over(harbour, config)


def test_nodes_are_the_hits(assistant: Assistant) -> None:
    from llama_index.core.schema import NodeRelationship

    from rag.retrieve.llamaindex import NewsRetriever

    question = "Who was elected to lead the port union?"
    nodes = NewsRetriever(assistant, k=2).retrieve(question)
    hits = assistant.search(question, k=2).hits
    assert [(node.node_id, node.text, node.score) for node in nodes] == [(h.passage.id, h.passage.text, h.score) for h in hits]
    best = nodes[0].node
    article = assistant.library.article(best.relationships[NodeRelationship.SOURCE].node_id)  # type: ignore[union-attr]
    assert article.text[best.start_char_idx : best.end_char_idx] == nodes[0].text  # type: ignore[attr-defined]
    assert best.metadata["publisher"] == article.publisher


def test_a_filter_holds(assistant: Assistant, harbour: list[Article]) -> None:
    from rag.retrieve.llamaindex import NewsRetriever

    only = harbour[0].id
    nodes = NewsRetriever(assistant, where=Filter(articles=(only,))).retrieve("union")
    assert {node.node.source_node.node_id for node in nodes} == {only}  # type: ignore[union-attr]
