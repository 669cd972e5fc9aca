"""The whole flow on one page: a question, its hits, their evidence, the model's reply, a checked and cited answer."""

from __future__ import annotations

import uuid
from collections.abc import Generator, Iterable
from contextlib import closing
from dataclasses import replace
from threading import Lock
from typing import TYPE_CHECKING

from rag.config import Config
from rag.embed import RememberingEmbedder, load_embedder
from rag.errors import EmptyLibraryError, MissingModelError, QuestionError
from rag.ports import Embedder
from rag.retrieve.search import Searcher
from rag.store.library import Library
from rag.timing import Stopwatch
from rag.types import (
    ANY,
    Answer,
    Article,
    Delta,
    Event,
    Filter,
    Finished,
    Found,
    Query,
    SearchResult,
    Stage,
    Working,
)

if TYPE_CHECKING:
    from rag.answer.compose import Composed
    from rag.answer.evidence import Evidence
    from rag.answer.prompt import Prompts
    from rag.answer.write import Writer
    from rag.llm.generate import Reply

# What only an answer needs is imported where it is made: a search from a cold process does without it.

MAX_QUESTION = 2000
"""Most characters of a question."""

FIRST_QUOTES = 3
"""Quotes shown while the model still works."""


class Assistant:
    """Answers questions from one library. Safe to share between threads."""

    def __init__(self, library: Library, embedder: Embedder, config: Config, *, may_stand_in: bool = False) -> None:
        """Use `open` or `over`."""
        self.library = library
        self.embedder = RememberingEmbedder(embedder)
        self.config = config
        self._searcher = Searcher(library, self.embedder, config.search)
        self._may_stand_in = may_stand_in
        self._writers: dict[str, tuple[Writer, str]] = {}
        self._loading = Lock()

    @classmethod
    def open(cls, config: Config, *, may_stand_in: bool = False) -> Assistant:
        """Return the assistant over the library at `config.library.path`; models are loaded when first needed.

        Args:
            may_stand_in: When the local model was never downloaded, answer with the extractive backend and say so.

        Raises:
            EmptyLibraryError: there is no library.
            MismatchError: another embedder built it.
        """
        embedder = load_embedder(config.embed)
        library = Library.open(config.library.path, model=embedder.name)
        return cls(library, embedder, config, may_stand_in=may_stand_in)

    @classmethod
    def over(cls, articles: Iterable[Article], config: Config, *, may_stand_in: bool = False) -> Assistant:
        """Return an assistant over the given articles alone, which live in memory."""
        from rag.ingest.pipeline import ingest

        embedder = load_embedder(config.embed)
        library = Library.in_memory(model=embedder.name)
        for _ in ingest(articles, library, embedder, tokens=config.chunk.tokens):
            pass
        return cls(library, embedder, config, may_stand_in=may_stand_in)

    def close(self) -> None:
        """Close the library."""
        self.library.close()

    def __enter__(self) -> Assistant:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def warm(self) -> None:
        """Load the models now, so that the first question need not wait for them.

        Raises:
            BackendError: one of them cannot be used.
        """
        self.embedder.embed(["."])
        self._writer(self.config.llm.model)

    def search(self, question: str, *, k: int | None = None, where: Filter = ANY, context: bool = False) -> SearchResult:
        """Return the best passages for a question, best first.

        Args:
            k: Wanted count, >= 1; None takes the setting `search.k`.
            where: Only these articles; `Filter(as_of=…)` hides what was published after that UTC day.
            context: Give each hit its neighbours.

        Raises:
            QuestionError: empty, or longer than 2,000 characters.
            EmptyLibraryError: the library holds no article.
        """
        question = _checked(question)
        if self.library.count() == 0:
            raise EmptyLibraryError(f"the library {str(self.library.path)!r} holds no article; type: rag ingest PATH")
        return self._searcher.search(Query(question, k=k or self.config.search.k, where=where, context=context))

    def ask(self, question: str, *, where: Filter = ANY, llm: str | None = None) -> Answer:
        """Return the checked answer to a question; see `stream` for arguments and errors."""
        for event in self.stream(question, where=where, llm=llm):
            if isinstance(event, Finished):
                return event.answer
        raise AssertionError("unreachable: a stream ends with its answer")

    def stream(self, question: str, *, where: Filter = ANY, llm: str | None = None) -> Generator[Event, None, None]:
        """Yield what happens while a question is answered; the last event is the answer. Closing it stops the model.

        Args:
            where: Only these articles; `Filter(as_of=…)` hides what was published after that UTC day.
            llm: `PROVIDER:MODEL` to answer with; None takes the setting `llm.model`.

        Raises:
            QuestionError, EmptyLibraryError: as `search`.
            BackendError, GenerationError: the model cannot be used, or failed.
        """
        from rag.answer.evidence import gather

        question = _checked(question)
        watch = Stopwatch()
        yield Working(Stage.SEARCHING)
        with watch.stage("search"):
            found = self.search(question, where=where)
        yield Working(Stage.READING)
        with watch.stage("evidence"):
            evidence = gather(question, found.hits, self.embedder, budget=self.config.answer.evidence_tokens)
        watch.mark("first_quotes")
        yield Found(found.hits, tuple((one.quote, one.source) for one in evidence.sentences[:FIRST_QUOTES]))

        with watch.stage("load"):
            writer, notice = self._writer(llm or self.config.llm.model)
        prompts = writer.prompts(question, evidence)
        reply = yield from _written(writer, prompts, watch)

        yield Working(Stage.CHECKING)
        with watch.stage("check"):
            composed = self._compose(question, reply.text, evidence)
        yield Finished(
            Answer(
                question=question,
                status=composed.status,
                text=composed.text,
                claims=composed.claims,
                citations=composed.citations,
                hits=found.hits,
                model=writer.model,
                prompt_version=prompts.version,
                index_generation=self.library.index.number,
                timings_ms=watch.timings_ms(),
                tokens=reply.tokens,
                trace_id=uuid.uuid4().hex,
                raw=reply.text,
                shown=tuple(sentence.quote for sentence in evidence.sentences),
                notice=notice,
            )
        )

    def _compose(self, question: str, reply: str, evidence: Evidence) -> Composed:
        """Return what the sentences of a reply come to, once each is tied to its quotes and checked."""
        from rag.answer.attribute import attribute
        from rag.answer.check import check
        from rag.answer.compose import Checked, abstain, compose
        from rag.answer.reply import statements

        said = statements(reply)
        if not said:
            return abstain(evidence)
        behind = attribute(question, said, evidence, self.embedder)
        checked = [
            Checked(statement.text, quotes, check(question, statement.text, quotes))
            for statement, quotes in zip(said, behind, strict=True)
        ]
        return compose(checked, evidence)

    def _writer(self, spec: str) -> tuple[Writer, str]:
        """Return the writer for a model, loaded once, and the notice that its answers carry."""
        with self._loading:
            if spec not in self._writers:
                self._writers[spec] = self._load(spec)
            return self._writers[spec]

    def _load(self, spec: str) -> tuple[Writer, str]:
        from rag.answer.write import EXTRACTIVE, Writer
        from rag.llm import load_llm

        config = self.config.llm
        try:
            return Writer(spec, load_llm(spec, config), config, self.config.answer), ""
        except MissingModelError as error:
            if not self._may_stand_in:
                raise
            notice = f"{error} Until then answers are the best sentences, word for word (extractive)."
            return Writer(EXTRACTIVE, load_llm(EXTRACTIVE, config), config, self.config.answer), notice


def _written(writer: Writer, prompts: Prompts, watch: Stopwatch) -> Generator[Event, None, Reply]:
    """Yield the reply as it is written, and return the whole of it; nothing where the gate finds no answer."""
    from rag.llm.generate import Reply

    with watch.stage("gate"):
        gate = writer.weigh(prompts)
    if not gate.is_open:
        return Reply("", gate.tokens, "stop")
    yield Working(Stage.WRITING)
    with watch.stage("generate"), closing(writer.stream(prompts)) as stream:
        try:
            while True:
                delta = next(stream)
                if delta:
                    watch.mark("first_token")
                yield Delta(delta)
        except StopIteration as end:
            reply: Reply = end.value
    return replace(reply, tokens=reply.tokens + gate.tokens)


def _checked(question: str) -> str:
    """Return the question without surrounding white space."""
    question = " ".join(question.split())
    if not question:
        raise QuestionError('the question is empty; type one, such as: rag ask "Who won the election?"')
    if len(question) > MAX_QUESTION:
        raise QuestionError(f"the question has {len(question):,} characters, the most is {MAX_QUESTION:,}; shorten it")
    return question
