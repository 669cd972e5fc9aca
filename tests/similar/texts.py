"""A report, the same event told by another author, weather reports written by one template, and articles made of them."""

from __future__ import annotations

from random import Random

from rag.store.contract import Store
from rag.types import Article
from tests.conftest import make_article

FIRE = """\
A fire at the Abel Brandt plant in Lorne killed 7 people and injured 31 on 4 May, the mayor said. Flames broke out
shortly after noon in a hall where solvents are kept and spread to two neighbouring buildings within minutes.

It took 12 crews from four districts until the evening to bring the blaze under control. "Nobody should have to fear for
his life at his place of work," said mayor Irene Novak, who had come to the scene from a council meeting.

About 240 people work at the site, which makes paint for ships. Production will rest for at least 6 weeks, a spokeswoman
said, adding that wages would be paid in full. Residents were asked to keep their windows shut."""

OTHER_AUTHOR = """\
7 workers are dead after one of the worst industrial accidents that Lorne has known. Doctors were treating 31 more for
burns and smoke when night fell on 4 May.

What happened at Abel Brandt is only slowly becoming clear. Witnesses speak of a dull bang, then of thick black smoke
above the halls by the river. "Nobody should have to fear for his life at his place of work," Irene Novak said with
tears in her eyes.

The paint maker is the largest employer far and wide: 240 families live on it. The management reckons with an
interruption of 6 weeks. Its 12 competitors in the country have offered help."""


def weather(day: int) -> str:
    """Return the weather report of a day of May."""
    return (
        f"The weather in Lorne on {day} May: a mix of sun and cloud with a light breeze from the west. Temperatures reach "
        f"{day + 11} degrees in the afternoon and fall to {day + 3} degrees at night. The chance of rain is {day * 5} "
        f"percent. The sun rises at 6.{day + 20} and sets at 20.{day + 31}. Winds of up to {day + 40} "
        f"kilometres an hour are expected on "
        "the coast. The outlook for the next days is unsettled, with showers from the west and a little cooler."
    )


def fire(id: str, text: str = FIRE, *, day: int = 5, publisher: str = "Post", **known: object) -> Article:
    """Return an article of a day of May, about the fire unless another text is named."""
    return make_article(text, id=id, published=f"2024-05-{day:02}", publisher=publisher, title=f"Fire, {id}", **known)


def mixed(random: Random, n: int) -> list[Article]:
    """Return whole, trimmed, reordered and changed copies of a few texts, on days of their own."""
    made = []
    for number in range(n):
        text = random.choice((FIRE, OTHER_AUTHOR, weather(random.randrange(1, 9))))
        sentences = text.split(". ")
        if random.random() < 0.5 and len(sentences) > 5:
            sentences = sentences[: random.randrange(3, len(sentences))]
        if random.random() < 0.4:
            random.shuffle(sentences)
        made.append(fire(f"a{number:02}", ". ".join(sentences), day=random.randrange(1, 28)))
    return made


def groups_of(store: Store) -> dict[str, str]:
    """Return which article each copy leads to."""
    return {id_: canonical for id_, canonical in store.group_of(store.article_ids()).items() if id_ != canonical}
