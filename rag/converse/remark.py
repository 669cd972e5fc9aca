"""What is said to the assistant that is no question to the articles: a greeting, thanks, or what it is and can do.

Only a whole message counts: `Hi, who won the election?` is a question to the articles.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from datetime import date

from rag.converse.wording import ENGLISH, FRENCH, SPANISH, WORDINGS, Wording
from rag.fold import fold
from rag.store.contract import Store
from rag.types import Answer, LibraryStats, Status, Tokens

_HELLO = (
    r"(?:hi|hello|hey|hiya|howdy|greetings|good (?:morning|afternoon|evening|day)|hola|buenos dias|buenas(?: tardes|"
    r" noches)?|"
    r"salut|bonjour|bonsoir)(?: there| again| everyone| bot| assistant| todos| a todos)?"
)
_HOW_ARE_YOU = (
    r"(?:how are you(?: doing)?(?: today)?|how's it going|what's up|que tal|como estas?|como esta usted|ca va|comment ca va)"
)
_THANKS = (
    r"(?:(?:ok(?:ay)? |great |perfect |perfecto )?(?:thanks|thank you|thx|cheers|gracias|merci)(?: you)?"
    r"(?: so much| very much| a lot| again| for (?:your|the) help| muchas| por (?:tu|su|la) ayuda| beaucoup)?|"
    r"muchas gracias|mil gracias)"
)
_OKAY = r"(?:ok|okay|great|cool|nice|perfect|got it|good|very good|vale|perfecto|genial|entendido|de acuerdo|d'accord|super)"
_BYE = r"(?:bye|bye bye|goodbye|see you(?: later)?|good night|adios|hasta luego|hasta pronto|chao|au revoir|a bientot)"
_ABOUT = (
    r"(?:who|what) (?:exactly )?are you|who am i (?:talking|speaking) to|what(?:'s| is) your name|are you (?:a |"
    r"an )?(?:bot|robot|human|ai|"
    r"real|person|machine|chatgpt)(?: person)?|(?:so )?what (?:can|do) you (?:do|know|answer)(?: for me)?|"
    r"what can i ask(?: you)?(?: about)?|"
    r"how (?:do|does) (?:you|this|it) work|how can you help(?: me)?|can you help(?: me)?|help(?: me)?(?: please)?|"
    r"what is this|"
    r"who (?:made|built|created) you|what (?:articles|sources|news) do you (?:have|know|use)|what(?:'s| is) in (?:the|"
    r"your|this) library|"
    r"quien eres|que eres|como te llamas|que puedes hacer|que sabes(?: hacer)?|que puedo preguntar(?:te)?|"
    r"como funcionas?|como funciona esto|"
    r"eres (?:un |una )?(?:bot|robot|humano|ia|persona)|(?:me )?puedes ayudar(?:me)?|ayuda(?:me)?(?: por favor)?|"
    r"que articulos tienes|"
    r"qui es-tu|qui etes-vous|que peux-tu faire|que pouvez-vous faire|aide(?:z-moi)?|aide-moi"
)
_SOCIAL = {"hello": _HELLO, "hello again": _HOW_ARE_YOU, "thanks": _THANKS, "okay": _OKAY, "bye": _BYE, "about": _ABOUT}
_PIECE = re.compile("|".join(f"(?P<{name.replace(' ', '_')}>{pattern})" for name, pattern in _SOCIAL.items()))
_SPANISH = re.compile(
    r"\b(?:hola|buen[oa]s|que|como|gracias|adios|hasta|chao|quien|eres|ayuda\w*|puedes|vale|perfecto|genial|entendido|"
    r"de acuerdo)\b"
)
_FRENCH = re.compile(
    r"\b(?:salut|bonjour|bonsoir|merci|au revoir|a bientot|qui (?:es|etes)|peux-tu|pouvez-vous|aide|aidez|d'accord|ca va)\b"
)

MOST_CHARACTERS = 120
"""Longer than this, it is a question."""


def remark_answer(text: str, library: Store, language: str = "") -> Answer | None:
    """Return the reply as an answer of status `remark`, without a model and without sources; None where there is none.

    Args:
        language: Code of the language to reply in; empty for that of the text.
    """
    said = remark(text, library.stats, language)
    if not said:
        return None
    return Answer(
        question=text,
        status=Status.REMARK,
        text=said,
        claims=(),
        citations=(),
        hits=(),
        model="",
        prompt_version="",
        index_generation=library.index.number,
        timings_ms={"total": 0.0},
        tokens=Tokens(),
        trace_id=uuid.uuid4().hex,
    )


def remark(text: str, stats: Callable[[], LibraryStats], language: str = "") -> str:
    """Return the reply to small talk or to a question about the assistant; empty for a question to the articles.

    Args:
        text: What was typed.
        stats: Gives what the library holds; called only when the reply tells that.
        language: Code of the language to reply in; empty for that of the text.
    """
    if len(text) > MOST_CHARACTERS:
        return ""
    folded = fold(text)
    pieces = [piece.strip(" ¿¡\"'“”") for piece in re.split(r"[.!?,;:…]+|\s[-–—]\s|\b(?:and|y|et)\b", folded)]
    found = [_PIECE.fullmatch(piece) for piece in pieces if re.search(r"\w", piece)]
    if not found:
        return ""
    kinds = [match.lastgroup for match in found if match]
    if len(kinds) < len(found):
        return ""
    typed_in = SPANISH if _SPANISH.search(folded) else FRENCH if _FRENCH.search(folded) else ENGLISH
    wording = WORDINGS.get(language, typed_in)
    opening = {"hello": wording.hello, "hello_again": wording.hello, "thanks": wording.thanks, "bye": wording.bye}
    said = list(dict.fromkeys(opening[kind] for kind in kinds if kind in opening))
    if "bye" in kinds or (set(kinds) <= {"thanks", "okay"} and "thanks" in kinds):
        return " ".join(said)
    return " ".join([*said, wording.about.format(holds=_holds(stats(), wording))])


def _holds(stats: LibraryStats, wording: Wording) -> str:
    """Return in a sentence what the library holds."""
    if not stats.articles:
        return wording.holds_nothing
    article, publisher, by = {
        "Spanish": ("artículo", "medio", "de {}"),
        "French": ("article", "média", "de {}"),
    }.get(wording.name, ("article", "publisher", "by {}"))
    days = ""
    if stats.first_published and stats.last_published:
        days = wording.days.format(first=_day(stats.first_published), last=_day(stats.last_published))
    publishers = by.format(_count(stats.publishers, publisher))
    return wording.holds.format(articles=_count(stats.articles, article), publishers=publishers, days=days)


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _day(day: date) -> str:
    """Return a day that reads the same in every language."""
    return day.isoformat()
