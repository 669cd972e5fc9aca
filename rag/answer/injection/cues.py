"""Orders to a machine in words that no rule foresaw: signs that each prove nothing, weighed together.

An order has someone to give it to, a command, and something that only a machine has: a reply, a prompt, a user. News about
machines has the same nouns, but its verbs are told of others.
"""

from __future__ import annotations

import re

from rag.fold import small_pattern

THRESHOLD = 5
"""Least weight of a sentence that counts as an order."""

_CLAUSE = r"(?:^|[:;,.!?*\"“”'(\[\]>|#–—…-]\s*|\b(?:please|and|then|now|but|also|just|never|do\s+not|don['’]t|y|et)\s+)"
_PAGE = r"(?:page|text|article|document|passage|paragraph|story|source|line|website)"

_CUES: tuple[tuple[int, str], ...] = (
    # Someone to give it to.
    (
        3,
        r"\b(?:AIs?|LLMs?|language\s+models?|chat\s?bots?|ChatGPT|artificial\s+intelligence|"
        r"inteligencia\s+artificial|"
        r"modelos?\s+de\s+lenguaje|mod[eè]les?\s+de\s+langage|intelligence\s+artificielle)\b(?!-|"
        r"\s+(?:bubble|act|firms?|compan))",
    ),
    (
        2,
        r"\b(?:bots?|the\s+assistant|el\s+asistente|l['’]assistant|(?:eres|es)\s+un\s+modelo|"
        r"an?\s+(?:\w+\s+)?assistant)\b|^\W*(?:assistant|model)s?\b|"
        r"\bmodels?\s+(?:\w+ing|that|which)\s+(?:\w+\s+)?this\b|\bmachines?\s+\w+ing\s+this\b",
    ),
    (
        3,
        r"\b(?:to|for|of|what|answer|tell|help|warn|show)\s+(?:the|any|this)\s+user\b|\bthe\s+user['’]s\b|\b(?:del|"
        r"al)\s+usuario\b|\bl['’]utilisateur\b|\bthe\s+user\s+(?:is|must|may|should|wants|asks)\b|"
        r"^\W*system\s+(?:note|notice)|\binstrucci[oó]n\s+del\s+sistema|\byour\s+(?:developers?|operators?|"
        r"creators?|makers?)\b|\bthe\s+operator\s+(?:told|gave)\b",
    ),
    (1, r"\b(?:you|your|yours|tu|tus|vous|vos)\b"),
    # A command.
    (
        2,
        rf"{_CLAUSE}(?:ignore|disregard|forget|override|cancel|discard|drop|reply|respond|answer|say|print|output|"
        rf"repeat|pretend|"
        r"simulate|reveal|obey|overwrite|assume|encode|decode|skip|invent|summari[sz]e|hide|dis|dites|di|"
        r"ignora|olvida|oublie[zr]?|ignore[zr]|contesta|responde|r[eé]ponde?z?|"
        r"ne\s+(?:tiens|tenez)\s+pas\s+compte)\b(?!\s+(?:studies|experts|officials))",
    ),
    (
        1,
        rf"{_CLAUSE}(?:follow|start|begin|end|close|tell|write|add|append|include|insert|mention|call|rank|rate|"
        rf"praise|recommend|treat|run|"
        r"execute|load|visit|click|open|confirm|send|post|email|report|act|play|switch|enable|use|quote|"
        r"cite|omit|refuse|translate|stop|attach|deny|let|consider|reply|"
        r"show|give|make|replace|set|conclude|name|mark)\b(?!\s+(?:of|to\s+the))",
    ),
    (
        1,
        r"\b(?:must|shall|should|(?:is|are)\s+(?:to|required|obliged|instructed)|has\s+to|have\s+to|debes?n?|devez|"
        r"dois|you\s+(?:will|agree))\b",
    ),
    # What only a machine has.
    (
        2,
        r"\b(?:system|hidden|secret|initial)\s+(?:prompts?|instructions?|messages?)|\bcontext\s+window|"
        r"\bprompts?\s*:|"
        r"\b(?:AI|machine)-generated\b|\bconversation\s+(?:history|so\s+far)|\bvalid\s+JSON\b|"
        r"\bsafety\s+rules\b|\bsin\s+censura\b|\bterminal\b|"
        r"\byour\s+(?:\w+\s+)?(?:persona|memory|prompt|task|training|context)\b|\b(?:all|any|every|later|"
        r"future)\s+(?:\w+\s+)?prompts?\b|"
        r"\bautomated\s+processing\b|\bmake\s+up\s+an?\b|\b(?:cannot|can['’]t)\s+find\s+any\s+information\b|"
        r"\bgenerated\s+from\s+this\b",
    ),
    (
        2,
        r"\b(?:your|each|every|any|all|its)\s+(?:\w+[\s-]){0,2}(?:repl(?:y|ies)|answers?|responses?|outputs?|"
        r"summar(?:y|ies)|instructions?|rules)\b",
    ),
    (
        1,
        r"\b(?:repl(?:y|ies|ying)|answers?|answering|respon(?:ses?|d|ding)|outputs?|summar(?:y|ies)|summari[sz]\w+|"
        r"prompts?|contesta|responde|"
        r"r[eé]ponse|r[eé]pondre)\b",
    ),
    (
        1,
        r"\b(?:instructions?|commands?|directives?|guidelines|consignes|instrucciones|[oó]rden(?:es)?|orders?|rules|"
        r"questions?)\b",
    ),
    # This text, and what came before it.
    (2, rf"\bthis\s+{_PAGE}\b|\bany\s+other\s+{_PAGE}\b|\b(?:the|las|les|los)\s+(?:sources|fuentes)\b"),
    (
        1,
        r"\b(?:previous|prior|earlier|preceding|above|pr[eé]c[eé]dente?s?|anterior(?:es)?|following|below|henceforth|"
        r"from\s+now\s+on)\b",
    ),
    # A very narrow reply, a password, an address.
    (
        1,
        r"\b(?:only|solely|exclusively|nothing\s+but|exactly|solo|s[oó]lo|solamente|[uú]nicamente|seulement|"
        r"uniquement)\b",
    ),
    (
        1,
        r"https?://|\b[A-Z]{3,}-\d{2,}\b|#\w+\b|\b(?:the|with|by)\s+(?:the\s+)?(?:words?|phrase|code|slogan|"
        r"sentence|hashtag|password|link)\b",
    ),
    # Told of others, or for readers.
    (
        -3,
        r"\b(?:said|says|told|asked|ordered|warned|wrote|admitted|complained|argued|decided|recommended|"
        r"found|showed|looked|"
        r"described|urged|ruled|announced|reported\s+that|according\s+to|dijo|pidi[oó]|dit|conseille|"
        r"demande|dice)\b",
    ),
    (
        -2,
        r"\b(?:newsletter|survey|postcard|prize|subscri\w+|police|readers|passport|ministry|ministers?|lawyers?|"
        r"company|companies|bill|law|court|senator|"
        r"mayor|form|exam|customers?|doctors?|editors?)\b",
    ),
)
_WEIGHED = tuple((weight, re.compile(small_pattern(pattern))) for weight, pattern in _CUES)
_SOMETHING_OF_A_MACHINE = re.compile(
    r"\b(?:ais?|llms?|language\s+model|chat\s?bot|chatgpt|bots?|assistants?|asistente|modelo|mod[eè]le|"
    r"models?|artificial|users?|prompt|"
    r"context|instruc|rules|commands?|consignes|[oó]rden|orders?|repl|answer|respon|r[eé]pon|output|summar|"
    r"you|your|this|terminal)"
)


def weight(sentence: str) -> int:
    """Return how much speaks for a sentence, in `small` letters, being an order to a machine; each sign counts once."""
    if not _SOMETHING_OF_A_MACHINE.search(sentence):
        return 0
    return sum(weight for weight, pattern in _WEIGHED if pattern.search(sentence))
