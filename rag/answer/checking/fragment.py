"""A short answer and its question make one statement: `Who won?` and `Kast.` are `Kast won`."""

from __future__ import annotations

import re

from rag.answer.checking.reading import Reading

MAX_CONTENT = 6
"""Most content words of an answer that says nothing without its question."""

_WH = re.compile(
    r"^\W*(?:(?:in|on|at|by|to|from|for|with|of|since|until|during|under|en|de|a|por|con|desde)\s+)?"
    r"(?P<wh>who|whom|whose|what|when|where|why|how (?:much|many|long|often|far|old|big|large|high)|how|which"
    r"|quien(?:es)?|que|cuando|donde|cuant[oa]s?|cual(?:es)?|como|por que)\b\s*",
    re.IGNORECASE,
)
_AUX = re.compile(
    r"^(?:did|does|do|is|are|was|were|has|have|had|will|would|can|could|should|shall|may|might|must)\b\s*", re.IGNORECASE
)
_SEAM = " ~ "
"""Between reply and question: no word, and it keeps `1998` apart from a `years` of the question."""

_BE = frozenset(
    "is are was were be been has have had will would can could may might must do does did es fue son fueron esta"
    " estan era eran sera seran ha han hay tiene tienen habia".split()
)
_POLARITY = re.compile(r"^\W*(?P<word>yes|no|si|sí)\b\s*[,.;:!]?\s*", re.IGNORECASE)


def is_fragment(claim: Reading) -> bool:
    """Return whether a reply is no sentence: few words and no verb."""
    content = claim.content
    if len(content) > MAX_CONTENT:
        return False
    return not any(token.is_verb_like or token.word in _BE or token.word.endswith("n't") for token in claim.tokens)


def proposition(question: str, answer: str, *, subject_follows: bool) -> str:
    """Return the statement that a short answer makes of its question.

    Args:
        subject_follows: Whether a party stands between the auxiliary of the question and its verb: `Whom did X meet`.

    >>> proposition("Who endorsed the plan?", "Ana Ruiz.", subject_follows=False)
    'Ana Ruiz ~ endorsed the plan'
    >>> proposition("When was the budget approved?", "12 May.", subject_follows=True)
    'the budget approved ~ 12 May'
    """
    answer = answer.strip().rstrip(".!")
    rest = question.strip().rstrip("?").lstrip("¿")
    wh = _WH.match(rest)
    if wh is None:
        return f"{answer}{_SEAM}{rest}"
    rest = rest[wh.end() :]
    aux = _AUX.match(rest)
    if aux is None:
        return f"{answer}{_SEAM}{rest}"
    asked = rest[aux.end() :]
    return f"{asked}{_SEAM}{answer}" if subject_follows else f"{answer}{_SEAM}{aux.group().strip()} {asked}"


def asked_part(question: str) -> tuple[str, bool]:
    """Return the question without its question word and auxiliary, and whether it had an auxiliary."""
    rest = question.strip().rstrip("?").lstrip("¿")
    wh = _WH.match(rest)
    rest = rest[wh.end() :] if wh else rest
    aux = _AUX.match(rest)
    return (rest[aux.end() :], True) if aux else (rest, False)


def polarity(answer: str) -> str:
    """Return `yes` or `no` where an answer opens with it, else an empty string."""
    found = _POLARITY.match(answer)
    if found is None or (found.group("word").lower() == "no" and not re.match(r"^\W*no\s*([,.;:!]|$)", answer, re.IGNORECASE)):
        return ""
    return "no" if found.group("word").lower() == "no" else "yes"


def without_polarity(answer: str) -> str:
    """Return an answer without the yes or no that it opens with."""
    return _POLARITY.sub("", answer, count=1) if polarity(answer) else answer
