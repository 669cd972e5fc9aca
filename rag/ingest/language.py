"""The language of a text, by its script and its commonest words.

    language_of("La huelga del puerto terminó el lunes, dijo el sindicato.") -> "es"

Small on purpose: no model to load, which counts where every file is parsed in a process of its own. A text too short or too
mixed to tell is of unknown language.
"""

from __future__ import annotations

import re

SAMPLE_CHARS = 6000
LEAST_WORDS = 5
"""Common words that must be found, and three of them different."""

LEAD = 1.25
"""How many times the score of the second-best language the best must have."""

_COMMON = {
    "en": "the of and to in is that for on with was as by at from it be are this has have said who which not but they "
    "were his her",
    "es": "de la el que en y los del se las por un para con una su al lo como más pero sus le ya fue este ha sí porque "
    "esta entre "
    "cuando muy sin sobre ser tiene también hasta desde están dijo es",
    "fr": "de la le et les des en un du une que est pour qui dans par plus au sur ne pas se ce il sont avec ont aux "
    "cette mais son "
    "ses été était elle leur selon après à",
    "de": "der die und in den von zu das mit sich des auf für ist im dem nicht ein eine als auch es an werden aus er "
    "hat dass sie "
    "nach wird bei einer um am sind noch wie einem über einen so zum war haben nur oder",
    "pt": "de a o que e do da em um para com não uma os no se na por mais as dos como mas ao ele das à seu sua ou "
    "quando muito nos "
    "já também pelo pela até isso foi são está disse é",
    "it": "di che e la il un a per in una mi sono ho non ma lo ha le si con ti da se come io ci questo qui hai del "
    "della dei delle "
    "nel alla più anche gli è stato detto dal dopo sul",
    "nl": "de en van het een in is dat op te zijn met voor niet aan er om dan maar bij ook als uit nog door naar hij "
    "wordt heeft "
    "over deze worden zei",
    "ca": "de la que i el en a els les del per un amb una no es va al més com ha però són dels als aquest aquesta "
    "també ser seva",
    "ro": "de și în a la cu pe care o nu din se un pentru că mai este au fost după sau dar sunt prin ale lui unei",
    "pl": "w i na z się nie do że o jest to po od za jak ale przez dla oraz tym przy został będzie są roku co czy",
    "sv": "och i att det som en på är av för med till den har inte om ett han men var från vid så kan när efter skulle också",
    "da": "og i at det er en til på som for af med den har ikke der de et om men var fra han kan vil efter også blev sig",
    "no": "og i det er en til på som for av med at den har ikke de et om men var fra han kan vil etter også ble seg sier",
    "fi": "ja on ei että se oli hän mutta ovat kun myös joka mukaan sekä tai ole kuin jos vain ollut sen noin jo",
    "tr": "ve bir bu da de için ile olarak çok olan daha gibi sonra kadar ancak en var olduğu dedi ise tarafından",
    "cs": "a v se na je že s z do o i to jako za by ale po pro které podle jsou bylo jeho také tak od který",
    "hu": "a az és hogy nem is egy van ez meg volt de csak már el mint azt még szerint után ki lesz lehet",
    "id": "yang dan di untuk dengan dari pada ini dalam tidak itu akan oleh juga telah sebagai ada mereka adalah kata",
}
_LANGUAGES_OF: dict[str, list[str]] = {}
for _code, _words in _COMMON.items():
    for _word in _words.split():
        _LANGUAGES_OF.setdefault(_word, []).append(_code)

_SCRIPTS = {
    "ja": "[\u3040-\u30ff]",
    "ko": "[\uac00-\ud7af]",
    "zh": "[\u4e00-\u9fff]",
    "uk": "[іїєґІЇЄҐ]",
    "ru": "[\u0400-\u04ff]",
    "fa": "[پچژگ]",
    "ar": "[\u0600-\u06ff]",
    "he": "[\u0590-\u05ff]",
    "el": "[\u0370-\u03ff]",
    "hi": "[\u0900-\u097f]",
    "th": "[\u0e00-\u0e7f]",
}
_SHARE = {"ja": 0.05, "uk": 0.02, "fa": 0.02}
"""The share of letters of its own that tells a language from another one of its script; of the others, half."""

_OTHER_SCRIPT = re.compile("[\u0370-\u1fff\u3040-\ud7af]")
"""All characters of `_SCRIPTS`, and others that do no harm."""

_WORD = re.compile(r"[^\W\d_]+")


def language_of(text: str) -> str:
    """Return the two-letter code of a text's language, from its first 6000 characters; empty where that is not clear."""
    sample = text[:SAMPLE_CHARS]
    if _OTHER_SCRIPT.search(sample) and (letters := sum(map(str.isalpha, sample))) >= 10:
        for code, characters in _SCRIPTS.items():
            if len(re.findall(characters, sample)) >= _SHARE.get(code, 0.5) * letters:
                return code
    return _by_words(_WORD.findall(sample.lower()))


def _by_words(words: list[str]) -> str:
    """Return the language whose commonest words a text has most of: a word that several languages share counts less."""
    scores: dict[str, float] = {}
    common = [word for word in words if word in _LANGUAGES_OF]
    for word in common:
        codes = _LANGUAGES_OF[word]
        share = 1 / len(codes)
        for code in codes:
            scores[code] = scores.get(code, 0.0) + share
    ranked = sorted(scores, key=lambda code: -scores[code])[:2]
    found = [word for word in common if ranked[0] in _LANGUAGES_OF[word]]
    if len(found) < LEAST_WORDS or len(set(found)) < 3:
        return ""
    return ranked[0] if len(ranked) == 1 or scores[ranked[0]] >= LEAD * scores[ranked[1]] else ""
