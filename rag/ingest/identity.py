"""Ids that stay the same when an article is read again, and hashes that change when it changes."""

from __future__ import annotations

import hashlib
import json
from urllib.parse import parse_qsl, urlencode

from rag.errors import InputError
from rag.ingest.metadata import Facts, split_url

MAX_ID_CHARS = 200
_DEFAULT_PORTS = {"http": 80, "https": 443}
_TRACKING_PREFIXES = ("utm_", "_hs")
_TRACKING = {
    "_ga",
    "_gl",
    "cmpid",
    "dclid",
    "fbclid",
    "gbraid",
    "gclid",
    "gclsrc",
    "igsh",
    "igshid",
    "mc_cid",
    "mc_eid",
    "mkt_tok",
    "msclkid",
    "ncid",
    "smid",
    "ttclid",
    "twclid",
    "wbraid",
    "yclid",
}


def article_id(facts: Facts, text: str) -> str:
    """Return the caller's own id, else a hash of the canonical URL, else a hash of the cleaned text.

    Example: `u-` or `c-` and 16 hex digits.

    Raises:
        InputError: the caller's id is blank, over 200 characters, or has characters that cannot be seen.
    """
    if facts.id:
        return checked_id(facts.id)
    if facts.url:
        return "u-" + _sha256(canonical_url(facts.url))[:16]
    return "c-" + _sha256(text)[:16]


def checked_id(caller_id: str) -> str:
    """Return `caller_id` as it is, or raise InputError."""
    if len(caller_id) > MAX_ID_CHARS or not caller_id.isprintable() or not caller_id.strip():
        shown = repr(caller_id) if len(caller_id) <= 80 else repr(caller_id[:79]) + "…"
        raise InputError(f"id {shown} is not 1 to {MAX_ID_CHARS} printable characters")
    return caller_id


def canonical_url(url: str) -> str:
    """Return the URL that all addresses of one page share.

    Scheme and host in lower case; without login, default port, fragment, tracking parameters and trailing slash; query
    sorted. Example: `HTTPS://A.example:443/x/?utm_source=n&b=2&a=1#top` -> `https://a.example/x?a=1&b=2`.
    """
    parts = split_url(url)
    if parts is None or parts.hostname is None:
        return url
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    port = f":{parts.port}" if parts.port not in (None, _DEFAULT_PORTS.get(parts.scheme)) else ""
    pairs = [pair for pair in parse_qsl(parts.query, keep_blank_values=True) if not _is_tracking(pair[0].lower())]
    query = "?" + urlencode(sorted(pairs)) if pairs else ""
    return f"{parts.scheme}://{host}{port}{parts.path.rstrip('/')}{query}"


def content_hash(facts: Facts, text: str) -> str:
    """Return the SHA-256, in hex, of all that is shown or indexed: a changed title counts as a change."""
    published, updated = (day.isoformat() if day else "" for day in (facts.published, facts.updated))
    shown = [facts.title, facts.url, facts.publisher, facts.author, published, facts.language, text]
    later = [facts.section, facts.canonical_url, updated]
    if any(later):  # else the hash is what it was before these were known
        shown += later
    return _sha256(json.dumps(shown, ensure_ascii=False))


def _is_tracking(name: str) -> bool:
    return name in _TRACKING or name.startswith(_TRACKING_PREFIXES)


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8")).hexdigest()
