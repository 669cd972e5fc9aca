"""Opinion: a commentary, column, editorial or letter."""

from __future__ import annotations

import re

from rag.fold import fold
from rag.ingest.flags.seen import Seen

_SECTIONS = frozenset(
    """
    opinion opinions op-ed op-eds oped editorial editorials columnist columnists column columns commentary commentisfree comment
    viewpoint viewpoints perspectives letters letters-to-the-editor guest-essay guest-column ideas-opinion voices-opinion
    opiniones columna columnas columnistas tribuna tribunas editoriales cartas cartas-al-director cartas-del-lector
    tribune tribunes debats debat chronique chroniques editos edito idees opinions-debats
    meinung meinungen kommentar kommentare gastbeitrag leitartikel kolumne kolumnen
    opiniao editoriais colunas colunistas artigos-de-opiniao opinioni editoriale editoriali commenti rubriche-opinioni
    """.split()
)
_WORD = (
    r"(?:opinion|op-ed|editorial|commentary|column|columna|comment is free|guest essay|guest column"
    r"|letters? to the editor|viewpoint|"
    r"tribuna(?: de opinion)?|carta al director|columna de opinion|tribune|chronique|edito|kommentar|leitartikel"
    r"|meinung|gastbeitrag|"
    r"kolumne|opiniao|artigo de opiniao|coluna|opinione|editoriale|l'opinione)"
)
_TITLE = re.compile(rf"^\W*{_WORD} ?(?:[:|]|[-–—] )|[|] ?{_WORD}\W*$|[([]{_WORD}[)\]]\W*$")
_KICKER = re.compile(rf"^\W*{_WORD}\W*$")
_NOTICE = re.compile(
    r"\b(?:opinions?|views?) (?:expressed|represented|stated)\b.{0,80}\b(?:author|writer|columnist|own"
    r"|not necessarily|contributor)|"
    r"\bthis (?:is an opinion|op-ed|column (?:does not|represents|reflects)|commentary (?:does not|represents"
    r"|reflects|was first))|"
    r"\b(?:opiniones|puntos de vista) expresad[oa]s?\b.{0,80}\b(?:autor|responsabilidad|no (?:refleja|representa"
    r"|necesariamente|coincide))|"
    r"\b(?:este|el presente) (?:texto|articulo) es (?:una )?(?:columna )?(?:de )?opinion\b|"
    r"\b(?:opinions|propos) exprime[es]*s?\b.{0,80}\b(?:auteur|n'engagent)|\b(?:n'engage que"
    r"|n'engagent que) (?:son|leurs?) auteurs?|"
    r"\b(?:kommentar|gastbeitrag|beitrag|text) (?:gibt|spiegelt)\b.{0,80}\b(?:meinung|ansicht)|"
    r"\bopinioes expressas\b.{0,80}\b(?:autor|nao)|\b(?:opinioni|idee) espresse\b.{0,80}\b(?:autore|non)"
)


def is_opinion(seen: Seen) -> bool:
    """Whether the data, section, address, title, a kicker above the text or a standing notice calls it an opinion."""
    if "OpinionNewsArticle" in seen.kinds:
        return True
    section = re.split(r"[/>|,]", fold(seen.facts.section))
    if any("-".join(part.split()) in _SECTIONS for part in section):
        return True
    if any(part in _SECTIONS for part in seen.path[:-1]):
        return True
    if _TITLE.search(fold(seen.facts.title)) or fold(seen.facts.author) in {
        "editorial board",
        "the editorial board",
        "editorial",
    }:
        return True
    ends = [fold(line) for line in seen.ends(3)]
    return any(_KICKER.match(line) for line in ends[:2]) or any(_NOTICE.search(line) for line in ends if len(line) <= 600)
