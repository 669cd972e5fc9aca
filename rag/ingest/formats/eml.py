"""Mails, newsletters above all: the body, whichever of its forms tells most, and each attachment of a known format."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from email import policy
from email.errors import MessageError
from email.message import EmailMessage
from email.parser import BytesParser
from functools import partial
from itertools import islice

from rag.errors import InputError
from rag.ingest.article import SILENT, Draft
from rag.ingest.formats.known import format_of
from rag.ingest.formats.parts import Part, Source, items_of
from rag.ingest.metadata import Facts, parse_day, web_url
from rag.ingest.recall import Item
from rag.ingest.walk import printable
from rag.types import DateOrigin

MAX_PARTS = 500
MAX_ATTACHMENTS = 50
_BY_TYPE = {"application/pdf": "a.pdf", "message/rfc822": "a.eml", "text/html": "a.html"}
_HTML_SHARE = 0.5
"""Least share of the plain text's words that the reader of pages must find, to be believed."""


def parts(source: Source) -> Iterator[Part]:
    """Yield the mail's body as a part, then each attachment that can be an article; others are passed over.

    Raises:
        InputError: not a mail.
    """
    try:
        mail = BytesParser(policy=policy.default).parsebytes(source.data())
        if not isinstance(mail, EmailMessage) or not any(mail.get(name) for name in ("From", "Subject", "Date", "Received")):
            raise InputError("no mail: it has no From, Subject or Date")
        pieces = list(islice(_pieces(mail), MAX_PARTS + 1))
    except (MessageError, ValueError, IndexError, AttributeError, TypeError, LookupError) as error:
        raise InputError(f"no mail that can be read ({type(error).__name__})") from None
    if len(pieces) > MAX_PARTS:
        raise InputError(f"over {MAX_PARTS} parts in one mail")
    yield Part("", partial(_body, source, mail, [piece for piece in pieces if not piece.is_attachment()]))
    attachments = [(name, piece) for piece in pieces if (name := _name(piece))]
    for number, (name, piece) in enumerate(attachments[:MAX_ATTACHMENTS], 1):
        yield Part(name, partial(_attached, source, f"{number}-{name}" if _is_twin(name, attachments) else name, piece))


def _pieces(mail: EmailMessage) -> Iterator[EmailMessage]:
    """Yield the parts of a mail that are not made of parts; a mail within it counts as one."""
    pending = [mail]
    while pending:
        piece = pending.pop()
        if piece.get_content_maintype() == "multipart":
            pending.extend(child for child in reversed(list(piece.iter_parts())) if isinstance(child, EmailMessage))
        else:
            yield piece


def _body(source: Source, mail: EmailMessage, pieces: list[EmailMessage]) -> Iterator[Item]:
    from rag.ingest.formats import html

    plain = "\n\n".join(_text(piece) for piece in pieces if piece.get_content_type() == "text/plain")
    page: Draft | None = None
    for piece in pieces:
        if piece.get_content_type() == "text/html" and page is None:
            with suppress(InputError):
                page = html.parse(_text(piece).encode("utf-8", "replace"))
    if page is None and not plain.strip():
        raise InputError("no text in the mail")
    is_page = page is not None and len(page.text.split()) >= _HTML_SHARE * len(plain.split())
    draft = replace(page, page=SILENT) if page is not None and is_page else Draft(plain)
    yield source.article(replace(draft, given=_facts(mail)))


def _facts(mail: EmailMessage) -> Facts:
    """Return what the mail's head says: its sender publishes it, and on the day that it is sent."""
    day = None
    with suppress(ValueError, TypeError, AttributeError, IndexError, LookupError):
        day = parse_day(mail["Date"].datetime)
    sender = ""
    with suppress(ValueError, TypeError, AttributeError, IndexError, LookupError):
        first = mail["From"].addresses[0]
        sender = first.display_name or first.domain
    archived = str(mail.get("Archived-At", "")).strip().strip("<>")
    return Facts(
        origin="mail",
        title=str(mail.get("Subject", "")),
        url=web_url(archived),
        publisher=sender,
        published=day,
        published_from=DateOrigin.META if day else None,
        language=str(mail.get("Content-Language", "")).split(",")[0],
    )


def _text(piece: EmailMessage) -> str:
    try:
        text = piece.get_content()
    except (LookupError, ValueError, AttributeError, TypeError):  # an encoding that does not exist
        payload = piece.get_payload(decode=True)
        text = payload.decode("utf-8", "replace") if isinstance(payload, bytes) else ""
    return text if isinstance(text, str) else ""


def _name(piece: EmailMessage) -> str:
    """Return the name of an attachment that can be an article, else nothing."""
    if not piece.is_attachment() and piece.get_content_type() != "message/rfc822":
        return ""
    name = piece.get_filename() or _BY_TYPE.get(piece.get_content_type(), "")
    plain = printable(name.replace("\\", "/").split("/")[-1])[-200:]
    return plain if format_of(plain) else ""


def _is_twin(name: str, attachments: list[tuple[str, EmailMessage]]) -> bool:
    return sum(other == name for other, _ in attachments) > 1


def _attached(source: Source, name: str, piece: EmailMessage) -> Iterator[Item]:
    kind = format_of(name)
    if kind == "zip":
        raise InputError("an archive within a mail; save it and name it")
    if piece.get_content_type() == "message/rfc822":
        inner = piece.get_payload()
        data = inner[0].as_bytes() if isinstance(inner, list) and isinstance(inner[0], EmailMessage) else b""
    else:
        payload = piece.get_payload(decode=True)
        data = payload if isinstance(payload, bytes) else b""
    member = source.member(name, kind, data)
    yield from items_of(member)
