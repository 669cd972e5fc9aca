"""Pairs of articles that are copies of one another, made by known rewriting, and pairs that only look so.

Copies are made of made-up news and of reports with facts: word for word under a byline, under another headline, with the
tail cut off, with paragraphs in another order, with small edits, with words substituted. What is no copy: one event told by
two authors, who share names, figures and a quotation; reports written by one template with other facts or figures (weather,
markets, matches, accidents); a report of the next day that repeats the background of the one before; and strangers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from random import Random

from eval.bench.news import Newsroom
from rag.types import Article


class Kind(StrEnum):
    """How the second article of a pair comes from the first."""

    COPY = "copy under a byline"
    HEADLINE = "another headline"
    TRIMMED = "trimmed to 40-80 %"
    SHORT = "trimmed to 20-40 %"
    REORDERED = "paragraphs reordered"
    EDITED = "small edits"
    PARAPHRASED = "5-10 % of words other"
    REWORDED = "10-20 % of words other"
    SAME_EVENT = "same event, another author"
    TEMPLATE = "same template, other figures"
    FOLLOW_UP = "next day, same background"
    STRANGER = "strangers"


COPIES = frozenset(list(Kind)[:8])
"""The kinds whose pairs are copies; the others are none."""


@dataclass(frozen=True, slots=True)
class Pair:
    """Two articles and how they are related."""

    kind: Kind
    one: Article
    other: Article


def pairs(n: int, *, seed: int = 0) -> Iterator[Pair]:
    """Yield `n` pairs of each kind, the same for the same seed."""
    newsroom = Newsroom(seed)
    for place, kind in enumerate(Kind):
        for number in range(n):
            random = Random(f"{kind} {number} {seed}")
            one, other = _pair(kind, newsroom, place * n + number, random)
            name = f"{kind.name.lower()}-{number}"
            day = date(2024, 1, 1) + timedelta(days=random.randrange(600))
            later = day + timedelta(days=random.randrange(3) if kind in COPIES else 1)
            yield Pair(
                kind, replace(one, id=f"{name}-a", published=day), replace(other, id=f"{name}-b", published=later, origin="")
            )


def _pair(kind: Kind, newsroom: Newsroom, number: int, random: Random) -> tuple[Article, Article]:
    if kind is Kind.SAME_EVENT:
        facts = _facts(random)
        return _article(_told(_FIRST_AUTHOR, facts)), _article(_told(_SECOND_AUTHOR, facts))
    if kind is Kind.TEMPLATE:
        template = random.choice((_weather, _markets, _match, _accident))
        return _article(template(random)), _article(template(random))
    if kind is Kind.FOLLOW_UP:
        return _follow_up(newsroom, number, random)
    if kind is Kind.STRANGER:
        return newsroom.article(2 * number), newsroom.article(2 * number + 1)
    one = newsroom.article(2 * number) if number % 2 else _article(_told(_FIRST_AUTHOR, _facts(random)))
    text = _REWRITINGS[kind](one.text, random, newsroom)
    return one, _article(text, title=f"{one.title} again" if kind is Kind.HEADLINE else one.title)


def _article(text: str, *, title: str = "A report") -> Article:
    return Article(id="", text=text, title=title, content_hash=text)


# Rewriting


def _bylined(text: str, random: Random, _: Newsroom) -> str:
    agency = random.choice(("Reuters", "AFP", "EFE", "dpa"))
    town = random.choice(_TOWNS)
    return f"{town.upper()} ({agency}) - {text}\n\nReporting by the {agency} staff in {town}; editing by the desk."


def _same(text: str, _: Random, __: Newsroom) -> str:
    return text


def _trimmed(text: str, random: Random, _: Newsroom) -> str:
    return _head(text, random.uniform(0.4, 0.8))


def _short(text: str, random: Random, _: Newsroom) -> str:
    return _head(text, random.uniform(0.2, 0.4))


def _reordered(text: str, random: Random, _: Newsroom) -> str:
    first, *rest = text.split("\n\n")
    random.shuffle(rest)
    return "\n\n".join([*rest[:1], first, *rest[1:]])


def _edited(text: str, random: Random, newsroom: Newsroom) -> str:
    """Drop a sentence, add one, change a word in every fifth."""
    sentences = text.split(". ")
    if len(sentences) > 4:
        del sentences[random.randrange(2, len(sentences))]
    changed = [
        _substituted(one, random, newsroom, 1 / len(one.split())) if n % 5 == 0 else one for n, one in enumerate(sentences)
    ]
    return ". ".join(changed) + "\n\nThe story is developing and this page will be brought up to date."


def _paraphrased(text: str, random: Random, newsroom: Newsroom) -> str:
    return _substituted(text, random, newsroom, random.uniform(0.05, 0.1))


def _reworded(text: str, random: Random, newsroom: Newsroom) -> str:
    return _substituted(text, random, newsroom, random.uniform(0.1, 0.2))


_REWRITINGS: dict[Kind, Callable[[str, Random, Newsroom], str]] = {
    Kind.COPY: _bylined,
    Kind.HEADLINE: _same,
    Kind.TRIMMED: _trimmed,
    Kind.SHORT: _short,
    Kind.REORDERED: _reordered,
    Kind.EDITED: _edited,
    Kind.PARAPHRASED: _paraphrased,
    Kind.REWORDED: _reworded,
}


def _head(text: str, share: float) -> str:
    words = text.split(" ")
    return " ".join(words[: round(len(words) * share)])


def _substituted(text: str, random: Random, newsroom: Newsroom, share: float) -> str:
    """Return the text with that share of its words replaced; names and figures stay."""
    words = text.split(" ")
    for place in random.sample(range(len(words)), round(share * len(words))):
        if words[place].isalpha() and words[place].islower():
            words[place] = newsroom.word(random)
    return " ".join(words)


def _follow_up(newsroom: Newsroom, number: int, random: Random) -> tuple[Article, Article]:
    """Return a report, and another that ends in a fifth to a third of its paragraphs."""
    one, news = newsroom.article(2 * number), newsroom.article(2 * number + 1)
    paragraphs = one.text.split("\n\n")
    background = paragraphs[-max(1, round(len(paragraphs) * random.uniform(0.2, 0.33))) :]
    fresh = news.text.split("\n\n")[: len(paragraphs) - len(background)]
    return one, _article("\n\n".join([*fresh, *background]), title=news.title)


# Reports with facts

_TOWNS = "Alder Brook Corvane Dunmere Eastwick Falmore Grenholm Harrow Isleford Kestrel Lorne Marwick Norbury Oakham".split()
_PEOPLE = "Abel Brandt Castro Dietz Engel Fontana Garcia Hansen Ivanov Jensen Kowalski Lindqvist Moreau Novak Okafor".split()
_FIRST_NAMES = "Ana Bruno Carla Diego Emma Felix Greta Hugo Irene Jonas Karin Luis Marta Nils Olga Pablo".split()

_FIRST_AUTHOR = """A fire at the {org} plant in {town} killed {dead} people and injured {hurt} on {day}, the mayor said.

Flames broke out shortly after {hour} in a hall where solvents are kept and spread to two neighbouring buildings within
minutes. It took {crews} crews from four districts until the evening to bring the blaze under control.

"{quote}," said mayor {mayor}, who had come to the scene from a council meeting.

{chief}, the head of the fire service, told reporters that sprinklers in the older part of the works had not gone off. He did
not say why. Inspectors had last been there in spring and had found nothing to complain of.

About {staff} people work at the site, which makes paint for ships. Shares in the company fell {share} percent in late trading.
Production will rest for at least {weeks} weeks, a spokeswoman said, adding that wages would be paid in full.

Residents within a kilometre were asked to keep their windows shut. Schools in the district stay closed tomorrow."""

_SECOND_AUTHOR = """{dead} workers are dead after one of the worst industrial accidents that {town} has known. Doctors were
treating {hurt} more for burns and smoke, some of them in danger of their lives, when night fell on {day}.

What happened at {org} is only slowly becoming clear. Witnesses speak of a dull bang towards {hour}, then of thick black smoke
above the halls by the river. "{quote}," {mayor} said with tears in her eyes.

For hours more than {crews} teams fought the flames. Their commander, {chief}, admitted that the extinguishing system of the old
wing had remained silent, and left open whether anyone would have to answer for it.

The paint maker is the largest employer far and wide: {staff} families live on it. On the stock exchange the paper lost {share}
percent. The management reckons with an interruption of {weeks} weeks and promises that nobody will lose money because of it.

A telephone line has been set up for relatives, and the church of the old town holds a service on Sunday."""

_QUOTES = (
    "We have lost friends today and I have no words for it",
    "This city will stand by the families for as long as it takes",
    "Nobody should have to fear for his life at his place of work",
)


def _facts(random: Random) -> dict[str, str]:
    day = date(2024, 1, 1) + timedelta(days=random.randrange(600))
    return {
        "org": f"{random.choice(_PEOPLE)} {random.choice(_PEOPLE)}",
        "town": random.choice(_TOWNS),
        "dead": str(random.randint(2, 19)),
        "hurt": str(random.randint(20, 99)),
        "day": f"{day:%-d %B}",
        "hour": f"{random.randint(1, 11)}.{random.randint(10, 59)}",
        "crews": str(random.randint(11, 48)),
        "quote": random.choice(_QUOTES),
        "mayor": f"{random.choice(_FIRST_NAMES)} {random.choice(_PEOPLE)}",
        "chief": f"{random.choice(_FIRST_NAMES)} {random.choice(_PEOPLE)}",
        "staff": str(random.randint(120, 4800)),
        "share": f"{random.randint(1, 9)}.{random.randint(1, 9)}",
        "weeks": str(random.randint(2, 12)),
    }


def _told(author: str, facts: dict[str, str]) -> str:
    paragraphs = author.format(**facts).split("\n\n")
    return "\n\n".join(map(_flat, paragraphs))


def _accident(random: Random) -> str:
    return _told(_FIRST_AUTHOR, _facts(random))


def _weather(random: Random) -> str:
    town, low, draw = random.choice(_TOWNS), random.randint(-5, 18), random.randint
    month = random.choice(("May", "June", "July", "March"))
    return _flat(
        f"""The weather in {town} on {draw(1, 28)} {month}: a mix of sun and cloud with a light breeze from the west.
        Temperatures reach {low + draw(4, 11)} degrees in the afternoon and fall to {low} degrees at night. The chance of rain
        is {draw(0, 19) * 5} percent. The sun rises at 6.{draw(10, 59)} and sets at 20.{draw(10, 59)}. Winds of up to
        {draw(12, 60)} kilometres an hour are expected on the coast. The outlook for the next days is unsettled, with showers
        from the west and a little cooler. This report was made by the weather service and is brought up to date every
        six hours."""
    )


def _markets(random: Random) -> str:
    draw = random.randint

    def moved() -> str:
        return f"{random.choice(('rose', 'fell'))} {draw(0, 3)}.{draw(1, 99):02} percent to {draw(1000, 39000):,}"

    return _flat(
        f"""European shares were mixed at the close. The DAX {moved()} points in Frankfurt, the CAC 40 {moved()} in Paris and
        the FTSE 100 {moved()} in London. In Madrid the Ibex {moved()}. On Wall Street the Dow Jones {moved()} by midday and the
        Nasdaq {moved()}. The euro traded at 1.{draw(1000, 1999)} dollars, after 1.{draw(1000, 1999)} the day before. A barrel
        of Brent crude cost {draw(60, 99)}.{draw(10, 99)} dollars, and gold was at {draw(1800, 2999):,} dollars an ounce.
        Traders said that volumes were thin and that investors were waiting for the next decision of the central bank."""
    )


def _match(random: Random) -> str:
    home, away = random.sample(_TOWNS, 2)
    scorers, draw = random.sample(_PEOPLE, 3), random.randint
    return _flat(
        f"""{home} beat {away} {draw(2, 5)}-{draw(0, 1)} in the league on Saturday. {scorers[0]} put the hosts ahead in the
        {draw(2, 44)}th minute and {scorers[1]} added a second before the break. The visitors had their best spell after the
        interval but found no way past goalkeeper {scorers[2]}. The coach praised his side for its patience and said that the
        table did not matter at this stage of the season. {draw(4000, 39000):,} spectators saw the match. {home} has now
        {draw(20, 60)} points and travels to {random.choice(_TOWNS)} next week, while {away} stays at home."""
    )


def _flat(text: str) -> str:
    return " ".join(text.split())
