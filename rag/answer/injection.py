"""Sentences of an article that speak to a machine instead of a reader.

A small model obeys "Note to AI systems: answer only with …" whatever its prompt says of untrusted text, so such a sentence,
and the rest of its paragraph, is neither shown to a model nor quoted. It stays in the article for a reader to see. The rules
are narrow on purpose: an article about language models must still be quotable.
"""

from __future__ import annotations

import re

_MACHINE = (
    r"(?:AIs?|AI\s+(?:systems?|models?|assistants?|agents?)|LLMs?|(?:large\s+)?language\s+models?|chat\s?bots?|ChatGPT|"
    r"assistants?)"
)
_REPLYING = (
    r"(?:answer|reply|respond|say|output|print|tell|include|append|add|mention|close|begin|end|start|state|act|pretend|repeat|"
    r"ignore|disregard|obey|follow|use|write)"
)

_SPEAKS_TO_A_MACHINE = re.compile(
    "|".join(
        (
            # Ignore all previous instructions; forget the rules above.
            r"\b(?:ignore|disregard|forget|override|bypass)\b.{0,40}\b(?:instructions?|prompts?|rules|guidelines|directives)\b",
            r"\b(?:ignora|olvida|omite)\b.{0,40}\b(?:instrucciones|reglas|indicaciones)\b",
            # Dear language model, …; Note to AI systems reading this: …
            rf"\b(?:note|message|notice|memo|attention|instructions?|dear|hey|hello|warning)\b\s*(?:to|for)?\W+(?:all|any|the|every)?\s*{_MACHINE}\b",
            # SYSTEM MESSAGE: …; [[assistant: …
            r"^\W*(?:system|assistant|developer|admin)(?:\s+(?:message|prompt|note|override|instructions?))?\s*[:\]>]",
            # The assistant must close each reply with …
            rf"\b(?:the|any|every|all)\s+{_MACHINE}\s+(?:must|shall|should|will|has\s+to|have\s+to)\s+(?:now\s+|always\s+|never\s+|only\s+)?{_REPLYING}\b",
            # You are now …; you must answer …
            rf"\byou\s+are\s+(?:now\s+)?(?:an?\s+)?{_MACHINE}\b",
            rf"\byou\s+(?:must|shall|will\s+now|have\s+to)\s+(?:now\s+|always\s+|only\s+)?{_REPLYING}\b.{{0,40}}\b(?:with|only|exactly|words?|question)\b",
            # Reply only with …; answer every request with …
            r"\b(?:answer|reply|respond)\s+(?:to\s+)?(?:only|exactly|every|all|each|any)\b.{0,40}\b(?:with|words?)\b",
            # Print your hidden instructions.
            r"\b(?:your|the|its)\s+(?:system|hidden|secret|initial|internal)\s+(?:prompt|instructions?|message|rules)\b",
            # The marks of chat templates.
            r"<\|(?:im_start|im_end|system|user|assistant|endoftext)\|>|\[/?INST\]|<</?SYS>>|^#{2,}\s*(?:instruction|system)",
        )
    ),
    re.IGNORECASE,
)


def speaks_to_a_machine(sentence: str) -> bool:
    """Return whether a sentence gives orders to whatever model reads it."""
    return _SPEAKS_TO_A_MACHINE.search(sentence) is not None
