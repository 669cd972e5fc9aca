"""The feeds that a page names in its head."""

from __future__ import annotations

from rag.errors import InputError
from rag.fetch.entry import plain_url
from rag.fetch.url import Allowed
from rag.ingest.formats.markup import load_tree

_TYPES = ("application/rss+xml", "application/atom+xml", "application/feed+json")
_COMMENTS = "comment"


def feeds_of(page: bytes, *, url: str, allowed: Allowed) -> list[str]:
    """Return the addresses of a page's feeds, in its order, those of comments last; empty where it names none."""
    try:
        tree = load_tree(page.decode("utf-8", "replace"))
    except InputError:
        return []
    found: dict[str, bool] = {}
    for link in tree.iterfind(".//link[@href]"):
        kind = (link.get("type") or "").partition(";")[0].strip().lower()
        if "alternate" not in (link.get("rel") or "").lower().split() or kind not in _TYPES:
            continue
        if address := plain_url(link.get("href"), base=url, allowed=allowed):
            found.setdefault(address, _COMMENTS in f"{link.get('title', '')} {address}".lower())
    return sorted(found, key=found.__getitem__)
