from __future__ import annotations

import pytest

from rag.errors import ConfigError
from rag.store.qdrant.address import parse


@pytest.mark.parametrize(
    ("text", "url", "folder", "prefix"),
    [
        ("qdrant://db.example", "http://db.example:6333", "", "newsrag"),
        ("qdrant://db.example:7000/news", "http://db.example:7000", "", "news"),
        ("qdrant+https://db.example/news/", "https://db.example:6333", "", "news"),
        ("qdrant://[::1]:6333/a-b_c", "http://[::1]:6333", "", "a-b_c"),
        ("qdrant:///var/lib/points", "", "/var/lib/points", "newsrag"),
        ("qdrant://:memory:", "", ":memory:", "newsrag"),
        ("qdrant://:memory:/test", "", ":memory:", "test"),
    ],
)
def test_addresses(text: str, url: str, folder: str, prefix: str) -> None:
    found = parse(text)
    assert (found.url, found.folder, found.prefix, found.location) == (url, folder, prefix, text)


@pytest.mark.parametrize(
    "text",
    [
        "qdrant://",
        "qdrant:///",
        "qdrant+https:///folder",
        "qdrant://host:port/news",
        "qdrant://host:6333/a/b",
        "qdrant://host:6333/a b",
        "qdrant://me:secret@host:6333/news",
        "qdrant://host:6333/news?api_key=secret",
    ],
)
def test_what_is_no_address_is_refused_without_telling_a_secret(text: str) -> None:
    with pytest.raises(ConfigError, match=r"qdrant://HOST:6333/NAME") as found:
        parse(text)
    assert "secret" not in str(found.value)
