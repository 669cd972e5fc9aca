"""JSON: one article, an array of them, or an object that holds such an array."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from rag.errors import InputError
from rag.ingest.decode import decode
from rag.ingest.formats.objects import read_objects
from rag.ingest.formats.parts import Source
from rag.ingest.recall import Item


def read_json(source: Source) -> Iterator[Item]:
    """Yield the articles of a .json file; in reasons, `line` counts its elements.

    Raises:
        InputError: not JSON, or no object in it.
    """
    text = decode(source.data())
    try:
        found = _articles(json.loads(text, strict=False))
    except RecursionError:
        raise InputError("nested too deeply") from None
    except ValueError as error:
        raise InputError(f"not JSON: {str(error)[:120]}; where each line is an object, name it .jsonl") from None
    if not found:
        raise InputError("no object in it; an article is an object with `text`")
    yield from read_objects(source, iter(found))


def _articles(data: Any) -> list[Any]:
    """Return the elements that are articles: those of the longest array of objects up to two levels down, or the whole."""
    if isinstance(data, list):
        return data
    if not isinstance(data, dict):
        return []
    inner = [value for value in data.values() if isinstance(value, dict | list)]
    inner += [value for held in inner if isinstance(held, dict) for value in held.values() if isinstance(value, list)]
    arrays = [value for value in inner if isinstance(value, list) and value and isinstance(value[0], dict)]
    has_text = any(isinstance(value, str) and len(value) > 200 for value in data.values())
    return max(arrays, key=len) if arrays and not has_text and "text" not in data else [data]
