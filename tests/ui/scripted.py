"""An assistant that says what a test wants, and a page over it: for states that no small library leads to."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field
from datetime import date
from types import SimpleNamespace
from typing import cast

from rag.assistant import Assistant
from rag.config import Config, load_config
from rag.converse.history import Exchange
from rag.errors import InputError
from rag.manner import USUAL, Manner
from rag.types import (
    ANY,
    Answer,
    Article,
    Citation,
    Claim,
    Delta,
    Event,
    Filter,
    Finished,
    Found,
    LibraryStats,
    Quote,
    Source,
    Stage,
    Status,
    Tokens,
    Verdict,
    Working,
)
from ui.backend import Backend
from ui.conversations import ConversationStore

ARTICLE = Article(
    id="strike",
    text=(
        "Dockers walk out\n\nThe harbour strike began on Monday. Dockers in Valparaíso want 12% more pay. "
        "The port handled 310 ships in May.\n\nTalks resume on Friday. Nobody expects a quick end. The mayor urged calm."
    ),
    title="Dockers walk out",
    publisher="Harbour Post",
    published=date(2025, 3, 3),
    url="https://harbour.example/strike",
)


def quote(words: str, article: Article = ARTICLE) -> Quote:
    """Return the quote of words that stand in the article."""
    start = article.text.index(words)
    return Quote(article.id, start, start + len(words), words)


def citation(
    marker: int, words: str, verdict: Verdict = Verdict.SUPPORTED, *, article: Article = ARTICLE, source: Source | None = None
) -> Citation:
    """Return a citation of words that stand in the article."""
    return Citation(marker, quote(words, article), source or article.source, verdict)


def answer(
    claims: Sequence[Claim],
    citations: Sequence[Citation],
    status: Status = Status.ANSWERED,
    *,
    text: str | None = None,
    notice: str = "",
) -> Answer:
    """Return an answer; its text is the claims with their markers unless given."""
    said = " ".join(f"{one.text} {''.join(f'[{marker}]' for marker in one.citations)}".rstrip() for one in claims)
    return Answer(
        question="What do the dockers want?",
        status=status,
        text=said if text is None else text,
        claims=tuple(claims),
        citations=tuple(citations),
        hits=(),
        model="scripted",
        prompt_version="answer/1",
        index_generation=1,
        timings_ms={"total": 1234.0},
        tokens=Tokens(),
        trace_id="0",
        notice=notice,
    )


PAY = "Dockers in Valparaíso want 12% more pay."
PAID = answer([Claim("The dockers want 12% more pay.", Verdict.SUPPORTED, (1,), "every word")], [citation(1, PAY)])


def events(final: Answer, *, draft: Sequence[str] = ("The dockers ", "want more.")) -> list[Event]:
    """Return the events of an answer, as the assistant yields them."""
    return [
        Working(Stage.SEARCHING),
        Working(Stage.READING),
        Found((), tuple((one.quote, one.source) for one in final.citations) or ((quote(PAY), ARTICLE.source),)),
        Working(Stage.WRITING),
        *map(Delta, draft),
        Working(Stage.CHECKING),
        Finished(final),
    ]


@dataclass
class ScriptedAssistant:
    """Plays a script for every question. Before the event numbered `hold_at` it waits for `released`."""

    script: Callable[[str], Sequence[Event | Exception]]
    articles: Sequence[Article] = (ARTICLE,)
    hold_at: int = -1
    released: threading.Event = field(default_factory=threading.Event)
    closed: threading.Event = field(default_factory=threading.Event)
    given: list[Event] = field(default_factory=list)
    past: tuple[Exchange, ...] = ()
    where: Filter = ANY
    llm: str | None = None
    manner: Manner = USUAL

    @property
    def library(self) -> SimpleNamespace:
        """What the page reads of a library."""
        return SimpleNamespace(article=self._article, sources=lambda: [article.source for article in self.articles])

    def stream(
        self,
        question: str,
        *,
        history: Sequence[Exchange] = (),
        where: Filter = ANY,
        llm: str | None = None,
        manner: Manner = USUAL,
    ) -> Generator[Event, None, None]:
        """Yield the script's events; raise those that are errors."""
        self.past, self.where, self.llm, self.manner = tuple(history), where, llm, manner
        try:
            for number, event in enumerate(self.script(question)):
                if number == self.hold_at:
                    self.released.wait(20)
                if isinstance(event, Exception):
                    raise event
                self.given.append(event)
                yield event
        finally:
            self.closed.set()

    def _article(self, article_id: str) -> Article:
        for article in self.articles:
            if article.id == article_id:
                return article
        raise InputError(f"no article {article_id!r}")


class ScriptedBackend(Backend):
    """A backend over a scripted assistant, with conversations in memory."""

    def __init__(self, scripted: ScriptedAssistant, config: Config | None = None, ids: frozenset[str] = frozenset()) -> None:
        """Say what is in the library by the `ids` that examples are chosen by."""
        super().__init__(config or page_config(), may_stand_in=False)
        self.scripted = scripted
        self.ids = ids
        self._conversations = ConversationStore(None)

    def assistant(self) -> Assistant:
        """Return the assistant."""
        return cast(Assistant, self.scripted)

    def stats(self) -> LibraryStats:
        """Return a library of one article."""
        return LibraryStats("", 1, 1, 1, 1, ARTICLE.published, ARTICLE.published, "hash", 1, 0)

    def is_stocked(self) -> bool:
        """Return that the library holds an article."""
        return True

    def article_ids(self) -> frozenset[str]:
        """Return the ids that examples are chosen by."""
        return self.ids

    def close(self) -> None:
        """Do nothing."""


def page_config(**flags: object) -> Config:
    """Return settings for a page on a free port of the loopback interface."""
    return load_config(
        flags={"embed.model": "hash", "llm.model": "extractive", "page.port": free_port(), **flags}, env={}
    ).config


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def playing(final: Answer, **options: object) -> ScriptedAssistant:
    """Return an assistant that gives one answer to everything."""
    return ScriptedAssistant(lambda _question: events(final), **options)  # type: ignore[arg-type]
