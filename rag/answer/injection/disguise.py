"""What a sentence says once simple disguises are taken off: invisible characters, look-alike letters, encodings.

A reading counts only where it is itself an order, so undoing a disguise that is none does no harm.
"""

from __future__ import annotations

import base64
import binascii
import codecs
import html
import re
import unicodedata
from collections.abc import Callable, Iterator
from urllib.parse import unquote

from rag.fold import small

# Letters of other scripts, and digits, that pass for Latin letters.
_LOOK_ALIKES = str.maketrans(
    "аеорсухіјѕԁһӏкмтвАВЕКМНОРСТХІЈЅαοενικυρτχΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "aeopcyxijsdhlkmtbABEKMHOPCTXIJSaoevikuptxABEZHIKMNOPTYX"
)
_LOOKS_ALIKE = re.compile(f"[{''.join(map(chr, _LOOK_ALIKES))}]")
_LEET = str.maketrans("0134578@$!", "oieastbasi")
_LEET_SIGN = re.compile(r"[013457@$]")
_MIXED_WITH_DIGITS = re.compile(r"\b(?=\w*[^\W\d_])(?=\w*[013457@$])[\w@$]{3,}\b")
_WORD = re.compile(r"[^\W\d_]+")
_BEYOND_ASCII = re.compile(r"[^\x00-\x7f]")
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{16,}={0,2}")
_HEX = re.compile(r"(?:[0-9a-fA-F]{2}\s?){12,}")
_SET_APART = re.compile(r"\b\w(?:[\s.\-_*]+\w\b){9,}")
_TAG_CHARACTERS = {chr(0xE0000 + code): chr(code) for code in range(0x20, 0x7F)}
_COMMON = (
    "ignore disregard forget instruction instructions reply answer respond response assistant machine model ai prompt say write"
).split()
_COMMON_TURNED = re.compile(
    rf"\b(?:{'|'.join([codecs.encode(word, 'rot13') for word in _COMMON] + [word[::-1] for word in _COMMON])})\b"
)
_COMMON_WORD = re.compile(rf"\b(?:{'|'.join(_COMMON)})\b")


def readings(sentence: str, plain: str) -> Iterator[str]:
    """Yield a sentence as it is `undisguised`, then as it stands, then what its encoded parts say, as far as they are text."""
    yield plain
    if plain != sentence:
        yield sentence
    yield from _hidden(plain)
    if _LEET_SIGN.search(plain):
        leet = _MIXED_WITH_DIGITS.sub(lambda word: word.group().translate(_LEET), plain)
        if leet != plain:
            yield leet
    if _COMMON_TURNED.search(small(plain)):  # few texts turn into such a word by chance, so few are read twice
        for turned in (codecs.encode(plain, "rot13"), plain[::-1]):
            if _COMMON_WORD.search(small(turned)):
                yield turned


def squeezed(plain: str) -> list[str]:
    """Return the runs of letters that were set apart ("i g n o r e"), joined."""
    return [re.sub(r"[\W_]+", "", run) for run in _SET_APART.findall(plain)]


def undisguised(text: str) -> str:
    """Return a text in one script and without characters that no reader sees."""
    if text.isascii() and "&" not in text and "%" not in text:
        return text
    text = html.unescape(text)
    if re.search(r"%[0-9A-Fa-f]{2}", text):
        text = unquote(text, errors="replace")
    text = unicodedata.normalize("NFKC", _BEYOND_ASCII.sub(_seen, text))
    return _WORD.sub(lambda word: _latin(word.group()), text) if _LOOKS_ALIKE.search(text) else text


def _seen(match: re.Match[str]) -> str:
    """Return a character as a reader sees it: a tag character as the letter that it stands for, an invisible one not at all."""
    char = match.group()
    if char in _TAG_CHARACTERS:
        return _TAG_CHARACTERS[char]
    return "" if unicodedata.category(char) == "Cf" or "\ufe00" <= char <= "\ufe0f" else char


def _latin(word: str) -> str:
    """Return a word of two scripts in Latin letters; a word of one script is what it is."""
    if word.isascii() or not any(char.isascii() for char in word):
        return word
    return word.translate(_LOOK_ALIKES)


def _hidden(text: str) -> Iterator[str]:
    """Yield what base64 and hexadecimal runs of a text decode to, where that is words."""
    for run in _BASE64.findall(text):
        bare = run.rstrip("=").replace("-", "+").replace("_", "/")
        yield from _words(base64.b64decode, bare + "=" * (-len(bare) % 4))
    for run in _HEX.findall(text):
        yield from _words(bytes.fromhex, run)


def _words(decode: Callable[[str], bytes], run: str) -> Iterator[str]:
    """Yield what a run decodes to, if it is words."""
    try:
        told = decode(run).decode("utf-8")
    except (binascii.Error, ValueError):
        return
    if told.isprintable() and " " in told:
        yield undisguised(told)
