"""A process of its own that ingests into a store by address, and says on standard output what it was told is stored."""

from __future__ import annotations

import sys

from rag.config import LibraryConfig
from rag.errors import NewsRagError
from rag.ingest.pipeline import ingest
from rag.store.choose import create_store
from rag.testing import HashEmbedder
from tests.store.victim import TOKENS, article


def main(address: str, first: str, last: str, version: str) -> None:
    """Ingest articles `first` to `last` - 1 in their `version`, a run of four after the other."""
    embedder = HashEmbedder()
    try:
        with create_store(LibraryConfig(store=address), model=embedder.name) as store:
            for start in range(int(first), int(last), 4):
                articles = [article(number, int(version)) for number in range(start, min(start + 4, int(last)))]
                for item in ingest(articles, store, embedder, tokens=TOKENS):
                    print("stored", item.article_id, version, flush=True)
    except NewsRagError as error:
        print("said", error, flush=True)
        sys.exit(error.exit_code)
    print("done", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
