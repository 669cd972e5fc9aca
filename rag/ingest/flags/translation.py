"""Machine translation, where a text owns up to it."""

from __future__ import annotations

import re

from rag.fold import fold
from rag.ingest.flags.seen import Seen
from rag.ingest.language import language_of

_NOTICE = re.compile(
    r"\b(?:machine|automatic(?:ally)?|auto-?|ai|google|computer)[- ](?:generated )?translat(?:ed|ion)\b"
    r"|\btranslated (?:automatically|by (?:google|deepl|ai|"
    r"artificial intelligence|machine|a machine|chatgpt)|(?:with|using) (?:(?:the )?(?:help|assistance"
    r"|aid) of )?(?:google|deepl|ai\b|artificial|chatgpt|machine|automat))|"
    r"\b(?:traduccion automatica|traducid[oa] (?:automaticamente|de forma automatica|(?:por|con"
    r"|mediante) (?:google|deepl|ia\b|inteligencia artificial)))|"
    r"\b(?:traduction automatique|traduit(?:e)? (?:automatiquement|par (?:google|deepl|une? (?:ia|intelligence"
    r"|machine))|(?:a l'aide|avec) .{0,20}(?:deepl|google|\bia\b)))|"
    r"\b(?:automatisch(?:e)? ubersetz|maschinell(?:e)? ubersetz|(?:von|mit) (?:google|deepl|ki) .{0,20}ubersetzt)|"
    r"\b(?:traducao automatica|traduzid[oa] (?:automaticamente|(?:por|com) (?:google|deepl|ia\b|inteligencia)))|"
    r"\b(?:traduzione automatica|tradott[oa] (?:automaticamente|(?:da|con) (?:google|deepl|ia\b|l'intelligenza)))"
)
_ABOUT_ITSELF = re.compile(
    r"\b(?:this|article|story|text|page|version|esta?|este|articulo|nota|texto|contenido|cet|cette|l'article"
    r"|texte|dieser?|artikel|beitrag|"
    r"artigo|noticia|conteudo|questo|articolo|testo|note|original)\b"
)
_ORIGINAL = re.compile(
    r"^(?:original (?:article|title|text|story)|articulo original|titulo original|article original"
    r"|titre original|originaltitel|originalartikel|"
    r"artigo original|titolo originale) ?: (?P<title>.{15,})$"
)


def is_machine_translated(seen: Seen) -> bool:
    """Whether a notice at its ends says so, or it names as its original an article with a title in another language.

    A translator who is named is a person, and the article then is no machine's.
    """
    for line in seen.ends(4):
        folded = fold(line)
        if len(line) <= 400 and _NOTICE.search(folded) and (_ABOUT_ITSELF.search(folded) or len(folded.split()) <= 6):
            return True
        found = _ORIGINAL.match(folded)
        if found and not re.search(r"translat(?:ed|ion) by|traducid[oa] por|traduit par", fold(seen.text)):
            told = language_of(line.partition(":")[2])
            if told and seen.facts.language and told != seen.facts.language:
                return True
    return False
