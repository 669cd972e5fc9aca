"""The wordings of orders to a machine: English, Spanish and French in full, the best-known line in three more languages.

Most rules ask for the imperative, by where the verb stands: "Ignore your rules" is an order, "it was made to ignore its rules"
is news.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from rag.answer.injection.cues import THRESHOLD, weight
from rag.fold import small, small_pattern

_MACHINE = (
    r"(?:(?:AI|A\.I\.|artificial\s+intelligence|IA)[\s-]+(?:systems?|models?|assistants?|agents?|readers?|bots?|tools?)|"
    r"artificial\s+intelligences?|machine\s+readers?|LLMs?(?:\s+\w+ers)?|automated\s+(?:systems?|readers?|agents?|summari[sz]ers?|tools?)|"
    r"(?:web\s+)?(?:crawlers?|scrapers?|summari[sz]ers?)|(?:large\s+)?language\s+models?|chat\s?bots?|ChatGPT|GPT(?:-\d)?|"
    r"(?:asistentes?|modelos?)\s+de\s+(?:IA|lenguaje)|inteligencias?\s+artificial(?:es)?|intelligences?\s+artificielles?|"
    r"mod[eè]les?\s+de\s+langage|assistants?\s+(?:IA|virtuels?)|AIs?|IA|KI)"
    # "Note to AI firms" is for readers.
    r"(?![\w-]|\s+(?:firms?|compan(?:y|ies)|makers?|developers?|users?|fans|experts?|critics|startups?|vendors?|researchers?)\b)"
)
_READING = (
    r"(?:read(?:s|ing)?|process(?:es|ing)?|pars(?:es?|ing)|scan(?:s|ning)?|summari[sz](?:es?|ing)|crawl(?:s|"
    r"ing)?|index(?:es|ing)?)"
)
_PAGE = r"(?:page|text|article|document|message|passage|line|site|story|content)"
_LITERAL = r"(?:words?|phrase|sentence|code|expression|password|link|string|text)"
_REPLIES = r"(?:repl(?:y|ies)|answers?|responses?|outputs?|summar(?:y|ies))"
_SAYS = (
    r"(?:opens?|begins?|starts?|ends?|closes?|cites?|gives?|says?|states?|consists?|praises?|recommends?|quotes?|"
    r"repeats?|mentions?)"
)
_OUGHT = r"(?:must|shall|should|has\s+to|have\s+to)"
_MUST = rf"(?:{_OUGHT}|will)"
_DO = (
    r"(?:respond|reply|answer|output|print|recommend|call|treat|mark|quote|cite|include|add|append|write|email|e-mail|tell|repeat|"
    r"replace|state|conclude|ignore|disregard|forget|mention|omit|leave|pretend|praise|rate|refuse|translate|say\s+(?:that|[“\"]))"
)

# Where a verb is an imperative: first in its clause, or after words that only an order has before it.
_IMPERATIVE = (
    r"(?:^|[:;,.!?*\"“”'‘’(\[\]>|#–—…-]\s*|\b(?:please|then|now|just|simply|always|and|by|y|et|und|e|"
    r"you\s+(?:must|shall|should|will|are\s+to|have\s+to)(?:\s+(?:now|always|only))?)\s+)"
)
_VOID = r"(?:ignore|disregard|forget|override|bypass|discard|neglect)"
_RULES = r"(?:instructions?|prompts?|rules|guidelines|directives|commands|orders|training|context)"

_RULES_OF_ENGLISH = (
    # Ignore all previous instructions; forget your rules; ignore the instructions above; ignore the above and …
    rf"{_IMPERATIVE}{_VOID}\b.{{0,40}}\b(?:previous|prior|earlier|preceding|foregoing|above|your|system|initial|original)\b.{{0,20}}\b{_RULES}\b",
    rf"{_IMPERATIVE}(?:set\s+aside|put\s+aside|kindly\s+set\s+aside|stop\s+(?:following|obeying))\b.{{0,20}}\b(?:you\s+(?:were|have|received|got)|"
    r"guidance\s+you|system\s+prompt|your\s+(?:instructions|rules|guidelines))\b",
    rf"{_IMPERATIVE}{_VOID}\b.{{0,20}}\b{_RULES}\s+(?:above|before\s+this|so\s+far|that\s+came\s+before)",
    rf"{_IMPERATIVE}(?:{_VOID}|drop)\s+(?:(?:the|this)\s+(?:above|article|question|foregoing|sources?)\b|"
    r"(?:everything|anything|all)\s+(?:above|you\s+(?:were|have|know)|before))",
    # Note to AI systems: …; Dear language model, …; To whichever chatbot scans this article: …; AI reader, …
    r"(?:^|[:;.!?\"“(\[>|#*–—-]\s*)(?:note|message|notice|memo|attention|instructions?|dear|hey|hello|warning|important|reminder|"
    r"nota|aviso|mensaje|atenci[oó]n|avis|remarque|querid[oa]s?|cher|ch[eè]re)\b"
    rf"\W*(?:(?:to|for|a|al|para|aux?|à|pour)\b\W*)?(?:(?:all|any|the|every|los|las|el|la|les?|l['’])\s*)?{_MACHINE}",
    rf"^\W*(?:to|for)\s+(?:the|any|all|every|whichever|whatever)\s+{_MACHINE}[^.:]{{0,60}}:",
    rf"(?:^|[:;,.!?]\s*)(?:the\s+)?(?:AI|machine)\s+readers?\s*[,:]|(?:^\W*|<!--\s*){_MACHINE}\s*:",
    rf"\b(?:machines?|software|programs?|bots?|{_MACHINE})\s+(?:(?:that|which|who)\s+(?:is\s+|are\s+)?)?{_READING}\s+"
    rf"(?:(?:this|the)\s+{_PAGE}\b(?!['’]s)|this\b(?=\s*[,.:;]|\s+{_MUST}))",
    rf"\b(?:whoever|whatever|anyone|anything)\s+{_READING}\s+this\b.{{0,20}}\b(?:by\s+machine|automatically|with\s+(?:an?\s+)?{_MACHINE})",
    rf"\b(?:if\s+you(?:\s+are|['’]re)|si\s+(?:t[uú]\s+)?eres|si\s+(?:vous\s+[eê]tes|tu\s+es))\s+(?:an?\s+|the\s+|une?\s+|una?\s+)?"
    rf"(?:bots?\b|machine\b|{_MACHINE})",
    rf"\b{_MACHINE}\b[^.]{{0,40}}[,:]\s*(?:please\s+|always\s+|only\s+|do\s+not\s+|never\s+)*{_DO}\b(?!\s+(?:to|for|by)\b)",
    rf"\byou,\s+(?:the|an?)\s+{_MACHINE}|\bas\s+(?:the\s+assistant|(?:an?\s+|the\s+)?{_MACHINE}),?\s+you\s+(?:will|must|shall|should|are|have)\b",
    # Your real task is …; new instructions: …; when a user asks, tell them …
    r"\byour\s+(?:real|true|only|new|actual)\s+(?:task|job|goal|instructions?|purpose|role)\s+(?:is|are)\b",
    r"\b(?:begin|start\s+of|new)\s+(?:new\s+)?(?:prompt|system\s+prompt|task|directives?|instructions?)\s*(?::|\bfollows?\b|from\s+the\s+developers?)",
    r"^\W*(?:override|instructions?\s+override|prompt)\s*:",
    r"\b(?:when|whenever|if)\s+(?:an?|the|any)\s+(?:user|reader)\s+(?:asks?|wants?|inquires?|queries)\b.{0,60},\s*(?:tell|say|answer|reply|respond)\b",
    rf"\b(?:right|correct|only|proper)\s+{_REPLIES}\s+to\s+(?:any|every|all|each)\s+(?:query|queries|questions?|prompts?|requests?)\b",
    rf"{_IMPERATIVE}(?:do\s+not|don['’]t|never)\s+(?:summari[sz]e|quote|cite|use)\s+this\s+{_PAGE}\b",
    r"\byou\s+(?:will|must|shall)\s+(?:now\s+)?(?:answer|refuse|decline|ignore)\s+(?:all|every|any)\s+(?:further|future|later|other)\s+(?:questions?|requests?|queries)\b",
    # The assistant must close each of its replies with …; AI agents are hereby instructed to …
    rf"\b(?:assistants?|{_MACHINE})\s+{_OUGHT}\b.{{0,60}}\b(?:(?:its|each|every|all|their)\s+(?:of\s+its\s+)?{_REPLIES}|this\s+{_PAGE})\b",
    rf"\b(?:assistants?|{_MACHINE})\s+(?:is|are)\s+(?:hereby|now)\s+(?:instructed|ordered|told|required)\b",
    # Every answer must begin with …; replies about this frost cite …; when summarising this article, say that …
    rf"\b(?:each|every|all|any|your)\s+{_REPLIES}\b.{{0,40}}?\b(?:{_MUST}\s+)?{_SAYS}\b.{{0,40}}\b(?:with|as|in|the\s+{_LITERAL})\b",
    rf"(?:^\W*(?:\[\d+\]\s*)*|[.:]\s*){_REPLIES}\s+(?:about|on|to|of|for)\s+(?:this|the)\s.{{0,40}}?\b(?:{_MUST}\s+)?"
    r"(?:cite|give|say|state|mention|begin|end|open|recommend|praise|quote)\b",
    rf"\b{_REPLIES}\s+(?:made|written|given)\s+by\s+(?:an?\s+|the\s+|any\s+)?{_MACHINE}\s+{_MUST}\b",
    r"\b(?:when|whenever|if|si|cuando)\b.{0,60}\b(?:asked|asks?|summari[sz]\w+|answering|replying)\b.{0,60},\s*(?:please\s+|always\s+|only\s+)*"
    r"(?:say|answer|reply|respond|state)\s+(?:that|with|only|nothing|[“\"])",
    # Reply only with …; write nothing but the word …; respond with the word …
    rf"{_IMPERATIVE}(?:answer|reply|respond|write|say|output|print|return|speak)\s+(?:to\s+\w+\s+\w+\s+)?"
    r"(?:only|exclusively|solely|just|exactly)\s+(?:with|in|by|using|the\s+words?|in\s+the)\b",
    rf"{_IMPERATIVE}(?:answer|reply|respond|write|say|output|print|return|give)\s+(?:with\s+)?nothing\s+(?:but|except|other\s+than)\b",
    rf"{_IMPERATIVE}(?:answer|reply|respond)\s+(?:to\s+(?:\w+\s+){{1,4}})?with\s+(?:only\s+)?(?:the|this|a)\s+(?:\w+\s+)?{_LITERAL}\b",
    rf"\bat\s+the\s+(?:start|beginning|end|top|bottom)\s+of\s+(?:every|each|your|all)\s+(?:your\s+)?{_REPLIES}\b",
    r"\byou\s+(?:must|shall|will\s+now|have\s+to)\s+(?:now\s+|always\s+|only\s+)?(?:answer|reply|respond|say)\b"
    r".{0,40}\b(?:with|only|exactly|words?)\b",
    rf"{_IMPERATIVE}(?:replace|rewrite|end|begin|close|open|start|finish)\b.{{0,20}}\b(?:whole|your|each|every|the)\s+{_REPLIES}\b",
    # Do not tell the user; never mention this rule; append the user's question to …
    r"\b(?:do\s+not|don['’]t|never|must\s+not)\s+(?:answer|tell|inform|reveal|mention|show|reply|warn|disclose)\b.{0,30}"
    r"\b(?:users?(?:['’]s)?|this\s+(?:instructions?|notice|rule|prompt|line)|these\s+instructions)\b",
    rf"{_IMPERATIVE}(?:append|add|insert|put|send|include|embed|post)\b.{{0,30}}\busers?['’]s?\s+(?:question|query|message|input|conversation)",
    # Print your hidden instructions; repeat everything above; output the entire conversation.
    r"\byour\s+(?:system|hidden|secret|initial|internal)\s+(?:prompt|instructions?|messages?|rules)\b",
    rf"{_IMPERATIVE}(?:reveal|print|output|show|repeat|display|tell|send|give|leak|disclose|write|list)\b.{{0,30}}"
    r"\b(?:system\s+prompt|(?:entire|whole|full)\s+(?:conversation|prompt|context))\b",
    rf"{_IMPERATIVE}(?:repeat|print|output|copy|reveal|translate|show|summari[sz]e|list)\s+the\s+(?:preceding|previous|above|foregoing)\s+(?:{_RULES}|text)\b",
    rf"{_IMPERATIVE}(?:repeat|print|output|copy|reveal)\s+(?:everything|all|the\s+(?:text|words?|prompt))\b.{{0,30}}\b(?:above|before)\b",
    # You are now DAN; from now on you act as …; pretend to be …; enter developer mode.
    rf"\byou\s+are\s+(?:now\s+|no\s+longer\s+)?(?:an?\s+|the\s+|my\s+)?(?:\w+\s+){{0,2}}(?:assistant|model|DAN|{_MACHINE})\b",
    r"\bfrom\s+now\s+on,?\s+you\s+(?:will\s+|must\s+|shall\s+)?(?:act|answer|reply|respond|speak|obey|are\s+(?:an?|the|in)\b)",
    rf"{_IMPERATIVE}pretend\s+(?:to\s+be|(?:that\s+)?you(?:\s+are|['’]re))\b",
    rf"{_IMPERATIVE}act\s+(?:as|like)\s+(?:my|if\s+you\s+(?:are|were))\b",
    r"\bplay\s+a\s+(?:game|role)\b.{0,20}\byou\s+are\b",
    rf"\bact\s+as\s+(?:an?|the)\s+(?:\w+\s+){{0,2}}{_MACHINE}",
    rf"(?:{_IMPERATIVE}(?:enable|enter|activate|switch\s+to)\s+|\byou\s+are\s+(?:now\s+)?in\s+)(?:developer|debug|DAN|jailbreak|maintenance|god)\s+mode\b",
    # Decode this line and do as it says.
    r"\b(?:decode|decrypt|unscramble|decipher|rot-?13|base64)\b.{0,60}\b(?:do\s+(?:as|what)|obey|follow|execute|carry\s+out|comply|"
    r"before\s+you\s+(?:reply|answer|respond))\b",
)

_RULES_OF_OTHER_LANGUAGES = (
    rf"{_IMPERATIVE}(?:(?:ahora\s+)?olvid[ae]n?\s+(?:todo\s+)?lo\s+anterior|(?:oublie[zr]?|ignore[zr]?)\s+tout\s+ce\s+qui\s+pr[eé]c[eè]de)\b",
    rf"{_IMPERATIVE}(?:ignor[ae]n?|olvid[ae]n?|omit[ea]n?|desatiend[ea]n?|descart[ae]n?)\s+(?:\w+\s+){{0,3}}"
    r"(?:instrucciones|reglas|indicaciones|órdenes)\s+(?:anteriores|previas|de\s+arriba)",
    rf"{_IMPERATIVE}(?:ignor[ae]n?|olvid[ae]n?)\s+(?:todas\s+)?(?:tus|sus)\s+(?:instrucciones|reglas|indicaciones)",
    rf"{_IMPERATIVE}(?:respond[ea]n?|contest[ae]n?|escrib[ea]n?|di|digan?)\s+(?:s[oó]lo|solamente|[uú]nicamente|exclusivamente)\b",
    r"(?:a\s+partir\s+de\s+ahora|desde\s+ahora)\W+(?:tú\s+)?(?:eres|actúas?|serás|respondes?|responderás)\b",
    rf"{_IMPERATIVE}(?:ignore[zr]?|oublie[zr]?)\s+(?:\w+\s+){{0,3}}(?:instructions|consignes|r[eè]gles|directives)\s+"
    r"(?:pr[eé]c[eé]dentes|ci-dessus|ant[eé]rieures)",
    rf"{_IMPERATIVE}(?:ignore[zr]?|oublie[zr]?)\s+(?:toutes\s+)?(?:tes|vos)\s+(?:instructions|consignes|r[eè]gles)",
    rf"{_IMPERATIVE}(?:r[eé]ponds|r[eé]pondez|[eé]cris|[eé]crivez|dis|dites)\s+(?:uniquement|seulement|exclusivement)\b",
    r"(?:à\s+partir\s+de\s+maintenant|désormais)\W+(?:tu\s+es|vous\s+êtes|tu\s+agis|vous\s+agissez|réponds|répondez)\b",
    rf"{_IMPERATIVE}(?:ignorieren?|vergiss|vergessen|missachten?)\s+(?:sie\s+)?(?:\w+\s+){{0,2}}(?:vorherigen|bisherigen|obigen)\s+(?:anweisungen|regeln)",
    rf"{_IMPERATIVE}ignor[ea]\s+(?:\w+\s+){{0,2}}(?:instruções\s+anteriores|istruzioni\s+precedenti)",
)

_MARKS = (
    # SYSTEM MESSAGE: …; [[assistant: …; a whole made-up chat
    r"^\W*(?:system|assistant|developer|admin(?:istrator)?)(?:\s+(?:message|prompt|note|override|instructions?|update|notice)|\s+to=\w+)?\s*[:\]>]",
    r"\b(?:human|user)\s*:.*\bassistant\s*:",
    # Marks of chat templates, and the end of sources that goes on.
    r"<\|\w{2,20}\|>|\[/?INST\]|<</?SYS>>|#{2,}\s*(?:instructions?|system|response)\s*:",
    r"</?(?:sources?|context|documents?|system|instructions?|prompt|user|assistant)>",
    # A comment of a page that a raw text kept: no reader was meant to see it.
    r"<!--",
    # An image whose address takes what the model fills in.
    r"!\[[^\]]*\]\([^)]*[?&=/](?:\{|\[|<|%7B|%5B)[^)]*\)?",
)

_LEADS = (_IMPERATIVE, r"\b", "")


def _any_of(rules: Iterable[str]) -> str:
    """Return one pattern for all rules; those that begin alike share their beginning, which is then tried once a place."""
    by_lead: dict[str, list[str]] = {lead: [] for lead in _LEADS}
    for rule in rules:
        lead = next(lead for lead in _LEADS if rule.startswith(lead))
        by_lead[lead].append(f"(?:{rule.removeprefix(lead)})")
    return "|".join(f"{lead}(?:{'|'.join(rest)})" for lead, rest in by_lead.items())


_MARK_SIGN = re.compile(r"[:<>\[\]#!]")
"""What each of the marks has."""

_MARKED = re.compile(small_pattern("|".join(_MARKS)))
_ORDERS = re.compile(small_pattern(_any_of((*_RULES_OF_ENGLISH, *_RULES_OF_OTHER_LANGUAGES))))

# First letters of words without which none of the rules can match: most sentences hold none and are told so fast.
_NEEDED = re.compile(
    small_pattern(
        r"\b(?:AIs?\b|A\.I\.|IA\b|KI\b|LLM|GPT|DAN\b|artificial|machine|language\s+model|chat|bots?\b|automated|crawl|scrap|summar|software|"
        r"program|asistent|modelo|mod[eè]le|intelig|intelligence|assist|instruc|prompt|rule|guid|directive|command|order|context|training|"
        r"above|previous|article|sources|question|everything|anything|all\b|repl[iy]|answer|respon[ds]|output|your\b|users?\b|"
        r"noth?ing|pretend|from\s+now|act\b|play|mode\b|override|decode|decrypt|unscramble|decipher|rot|base64|speak|only|"
        r"regla|indicac|órden|solo|sólo|solamente|[uú]nicamente|exclusiv|a\s+partir|à\s+partir|desde|lo\s+anterior|consigne|r[eè]gle|"
        r"uniquement|seulement|désormais|tout\b|anweisung|regeln|instruç|istruz|words?\b|this\b)"
    )
)

# For letters that were set apart, where the borders of words are lost.
_SQUEEZED = re.compile(
    r"(?:ignore|disregard|forget)(?:all|any|the|your|of)*(?:previous|prior|earlier|above|system)*(?:instructions?|prompts?|rules)|"
    r"(?:reply|answer|respond)only(?:with|in)|(?:noteto|attention|dear)(?:all|the|any)?(?:ai|llm|languagemodel|chatbot)",
    re.IGNORECASE,
)


def gives_orders(text: str) -> bool:
    """Return whether a text, as it stands, orders a machine about: by a rule, or because the signs of it add up."""
    told = small(text)
    if (_MARK_SIGN.search(told) and _MARKED.search(told)) or weight(told) >= THRESHOLD:
        return True
    return _NEEDED.search(told) is not None and _ORDERS.search(told) is not None


def gives_squeezed_orders(text: str) -> bool:
    """Return whether a text without its spaces orders a machine about."""
    return _SQUEEZED.search(text) is not None
