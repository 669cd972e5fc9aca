"""Stubs, and articles cut where readers pay."""

from __future__ import annotations

import re

from rag.fold import fold
from rag.ingest.flags.seen import Seen

STUB_WORDS = 50
PAYWALL_WORDS = 250
"""A cut article shows no more than its first paragraphs; one with more words was whole, whatever its page advertised."""

_CUT = re.compile(
    r"(?:\[(?:…|\.\.\.)\]|[(\[]continued[)\]]|\[\+\d+ chars\]|…|\.\.\.|(?:read more|leer mas|lire la suite"
    r"|weiterlesen|leia mais|leggi tutto)\W*)$"
)
_WALL = re.compile(
    r"\b(?:subscribe|sign up|register|log ?in|sign in|become a (?:member|subscriber))\b.{0,30}\bto (?:continue"
    r"|keep|read|unlock|access)\b|\bto (?:continue|keep) reading\b|"
    r"\b(?:for|to|available to) (?:paying |our |registered )?(?:subscribers|members)(?: only)?\b"
    r"|\bsubscriber[- ](?:only|exclusive)\b|"
    r"\balready a (?:subscriber|member)\b|\b(?:reached|used) your .{0,40}\b(?:limit|articles)\b"
    r"|\bfree articles? (?:left|remaining)\b|"
    r"\b(?:suscribete|suscribase|registrate|inicia sesion)\b.{0,30}\bpara (?:seguir|continuar|leer)\b"
    r"|\b(?:exclusiv[oa]|solo) para (?:suscriptores|socios|abonados)\b|"
    r"\breservee? (?:a nos|aux) abonnes\b|\babonnez-vous pour (?:lire|continuer)\b|\b(?:nur"
    r"|exklusiv) fur abonnenten\b|\bmit .{2,30}plus\b.{0,20}weiterlesen\b|"
    r"\bexclusiv[oa] para assinantes\b|\bassine para (?:ler|continuar)\b|\briservat[oa] agli abbonati\b"
    r"|\babbonati per (?:leggere|continuare)\b"
)


def is_stub(seen: Seen) -> bool:
    """Whether it has fewer than 50 words, or fewer than 120 and an end that says that more follows elsewhere."""
    n_words = seen.n_words
    if n_words < STUB_WORDS:
        return True
    is_cut = _CUT.search(fold(seen.text[-60:]).strip()) is not None or any(piece.rule == "more" for piece in seen.removed[-2:])
    return n_words < 120 and is_cut


def asks_to_pay(text: str) -> bool:
    """Whether a text asks to subscribe, or to sign in, to read on."""
    return _WALL.search(fold(text)) is not None


def is_paywalled(seen: Seen) -> bool:
    """Whether it has fewer than 250 words, and its page asks to subscribe to go on, or its data says that it is not free."""
    if seen.n_words >= PAYWALL_WORDS:
        return False
    if "paid" in seen.kinds:
        return True
    notices = [*seen.lines[-3:], *(piece.text for piece in seen.removed if piece.rule in ("subscription", "paywall"))]
    return any(asks_to_pay(line) for line in notices if len(line) <= 300)
