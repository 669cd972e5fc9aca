"""The fixed sentences of an answer, in the languages in which questions are understood."""

from __future__ import annotations

from dataclasses import dataclass

from rag.retrieve.understand import language_of


@dataclass(frozen=True, slots=True)
class Wording:
    """What the assistant itself says, in one language; `name` is what English calls it.

    `about` takes `holds`, which takes `articles`, `publishers` and `days`; `days` takes `first` and `last`.
    """

    name: str
    no_answer: str
    nearest: str
    differ: str
    understood: str
    hello: str
    thanks: str
    bye: str
    about: str
    holds: str
    holds_nothing: str
    days: str


ENGLISH = Wording(
    name="English",
    no_answer="The articles do not answer this question.",
    nearest="What they do say:",
    differ="The articles differ:",
    understood="Understood as:",
    hello="Hello.",
    thanks="You are welcome.",
    bye="Goodbye.",
    about=(
        "I answer questions from the news articles in this library, and from nothing else: every sentence of an answer "
        "shows the "
        "words it stands on, and where the articles do not say, I say so. {holds} Ask about people, events, figures or "
        "dates in "
        "them; follow-up questions work too."
    ),
    holds="The library holds {articles}, {publishers}{days}.",
    holds_nothing="The library holds no articles yet.",
    days=", published from {first} to {last} as far as their dates are known",
)
SPANISH = Wording(
    name="Spanish",
    no_answer="Los artículos no responden a esta pregunta.",
    nearest="Lo que sí dicen:",
    differ="Los artículos difieren:",
    understood="Entendida como:",
    hello="Hola.",
    thanks="De nada.",
    bye="Hasta luego.",
    about=(
        "Respondo preguntas con los artículos de prensa de esta biblioteca, y con nada más: cada frase de una respuesta "
        "muestra "
        "las palabras en las que se apoya, y cuando los artículos no lo dicen, lo digo. {holds} Pregunte por personas, "
        "hechos, "
        "cifras o fechas; también puede seguir preguntando sobre lo anterior."
    ),
    holds="La biblioteca contiene {articles}, {publishers}{days}.",
    holds_nothing="La biblioteca aún no contiene artículos.",
    days=", publicados entre {first} y {last} hasta donde se conocen sus fechas",
)
FRENCH = Wording(
    name="French",
    no_answer="Les articles ne répondent pas à cette question.",
    nearest="Ce qu'ils disent :",
    differ="Les articles divergent :",
    understood="Comprise comme :",
    hello="Bonjour.",
    thanks="Je vous en prie.",
    bye="Au revoir.",
    about=(
        "Je réponds aux questions à partir des articles de cette bibliothèque, et de rien d'autre : chaque phrase d'une "
        "réponse "
        "montre les mots sur lesquels elle s'appuie, et quand les articles ne le disent pas, je le dis. {holds} Demandez des "
        "personnes, des faits, des chiffres ou des dates ; vous pouvez aussi poursuivre sur ce qui précède."
    ),
    holds="La bibliothèque contient {articles}, {publishers}{days}.",
    holds_nothing="La bibliothèque ne contient pas encore d'articles.",
    days=", publiés du {first} au {last} autant que leurs dates sont connues",
)
WORDINGS = {"en": ENGLISH, "es": SPANISH, "fr": FRENCH}


def wording_for(question: str, language: str = "") -> Wording:
    """Return the wording in a language, by its code, else in that of the question, English where that is not known."""
    return WORDINGS.get(language or language_of(question), ENGLISH)
