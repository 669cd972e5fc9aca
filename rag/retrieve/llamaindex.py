"""The search as a LlamaIndex retriever, for pipelines that are built with LlamaIndex.

from rag import Assistant
from rag.retrieve.llamaindex import NewsRetriever

retriever = NewsRetriever(Assistant.open(config), k=5)
nodes = retriever.retrieve("Who leads the port union?")
"""

from __future__ import annotations

from typing import Any

from llama_index.core.retrievers import BaseRetriever
from llama_index.core.schema import NodeRelationship, NodeWithScore, QueryBundle, RelatedNodeInfo, TextNode

from rag.assistant import Assistant
from rag.types import ANY, Filter, Hit


class NewsRetriever(BaseRetriever):
    """Retrieves the passages that an assistant's search finds, best first."""

    def __init__(self, assistant: Assistant, *, k: int | None = None, where: Filter = ANY, **kwargs: Any) -> None:
        """Search with `assistant`.

        Args:
            k: Wanted count, >= 1; None takes the setting `search.k`.
            where: Only these articles.
        """
        super().__init__(**kwargs)
        self._assistant = assistant
        self._k = k
        self._where = where

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        found = self._assistant.search(query_bundle.query_str, k=self._k, where=self._where)
        return [NodeWithScore(node=_node(hit), score=hit.score) for hit in found.hits]


def _node(hit: Hit) -> TextNode:
    """Return a hit as a node: its text and offsets, its article as the source, title, publisher, day and URL as metadata."""
    passage, source = hit.passage, hit.source
    metadata = {
        "title": source.title,
        "publisher": source.publisher,
        "published": source.published.isoformat() if source.published else None,
        "url": source.url,
    }
    return TextNode(
        id_=passage.id,
        text=passage.text,
        start_char_idx=passage.start,
        end_char_idx=passage.end,
        metadata={name: value for name, value in metadata.items() if value},
        relationships={NodeRelationship.SOURCE: RelatedNodeInfo(node_id=source.article_id)},
    )
