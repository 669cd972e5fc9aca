"""Web pages: the article's body by trafilatura, the rest by what the page says of itself."""

from __future__ import annotations

import re

from rag.errors import InputError
from rag.ingest.article import Draft
from rag.ingest.decode import decode
from rag.ingest.formats.markup import drop_hidden, load_tree
from rag.ingest.formats.page import page_facts

_CHARSET = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([A-Za-z0-9_-]{1,40})", re.IGNORECASE)
# Of a page without an article, trafilatura's last resort returns the menu.
_MIN_CHARS_WITHOUT_SENTENCE = 100
_SENTENCE_END = re.compile("[.!?…。！？؟।]")


def parse(data: bytes) -> Draft:
    """Return the draft of a saved page: its body, tables as `| a | b |` rows, without menus, comments and hidden text.

    Raises:
        InputError: not HTML, or no article in it.
    """
    charset = _CHARSET.search(data[:4096])
    page = decode(data, declared=charset[1].decode("ascii") if charset else "")
    tree = load_tree(page)
    facts = page_facts(tree)
    drop_hidden(tree)

    from trafilatura import bare_extraction

    try:
        document = bare_extraction(tree, favor_precision=True, include_comments=False, include_tables=True)
    except Exception as error:  # whatever a hostile page makes the parser raise, the next file is read
        raise InputError(f"the page cannot be parsed ({type(error).__name__})") from error
    text = document.text if document is not None and not isinstance(document, dict) else None
    if not text or (len(text) < _MIN_CHARS_WITHOUT_SENTENCE and not _SENTENCE_END.search(text)):
        raise InputError("no article text found")
    return Draft(text, page=facts)
