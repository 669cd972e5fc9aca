"""The whole flow on one page: a question, its hits, their evidence, the model's reply, a checked and cited answer."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import closing, suppress
from dataclasses import replace
from datetime import UTC, datetime
from threading import Lock
from typing import TYPE_CHECKING, TypeVar

from rag.config import Config, LlmConfig
from rag.embed import RememberingEmbedder, load_embedder
from rag.errors import (
    BackendError,
    EmptyLibraryError,
    GenerationError,
    MissingModelError,
    NewsRagError,
    QuestionError,
    StoreError,
)
from rag.manner import USUAL, Manner
from rag.observe import Observer
from rag.ports import Checker, Embedder
from rag.recent import Recent, Uses
from rag.retrieve.search import Searcher
from rag.store.choose import open_store
from rag.store.contract import Store
from rag.store.library import Library
from rag.timing import Span, Stopwatch
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
    Understood,
    Working,
)

if TYPE_CHECKING:
    from llama_index.core.llms import LLM

    from rag.answer.again import Asked, Given
    from rag.answer.compose import Checked, Composed
    from rag.answer.evidence import Evidence
    from rag.answer.prompt import Prompts
    from rag.answer.write import Writer
    from rag.converse.history import Exchange
    from rag.converse.rewrite import Rewritten, Say
    from rag.converse.wording import Wording
    from rag.llm.generate import Reply
    from rag.trace.contract import Traces
    from rag.trace.draft import Draft
    from rag.trace.record import Trace

T = TypeVar("T")
R = TypeVar("R")

# What only an answer needs is imported where it is made: a search from a cold process does without it.

MAX_QUESTION = 2000
"""Most characters of a question."""

FIRST_QUOTES = 3
"""Quotes shown while the model still works."""


class Assistant:
    """Answers questions from one library. Safe to share between threads."""

    def __init__(
        self,
        library: Store,
        embedder: Embedder,
        config: Config,
        *,
        may_stand_in: bool = False,
        keep: Callable[[Trace], None] | None = None,
        load_model: Callable[[str, LlmConfig], LLM] | None = None,
        remembers: bool = False,
    ) -> None:
        """Use `open` or `over`; `keep` is given the trace of each answer, `load_model` takes the place of `load_llm`."""
        self.library = library
        self.embedder = RememberingEmbedder(embedder)
        self.config = config
        self.observer = Observer(config)
        self._searcher = Searcher(library, self.embedder, config.search)
        self._may_stand_in = may_stand_in
        self._keep = keep
        self._load_model = load_model
        self._writers: dict[str, tuple[Writer, str]] = {}
        self._loading = Lock()
        self._traces: Traces | None = None
        # A replica that lags may find what was there before the revision that another one tells.
        remembers = remembers and not config.library.replicas
        is_certain = config.llm.temperature == 0
        self._given: Recent[Given] = Recent(config.answer.cache * (remembers and is_certain), longest_s=config.answer.cache_s)
        self._found: Recent[SearchResult] = Recent(config.search.cache * remembers, longest_s=config.answer.cache_s)

    @classmethod
    def open(
        cls,
        config: Config,
        *,
        may_stand_in: bool = False,
        keep: Callable[[Trace], None] | None = None,
        remembers: bool = False,
    ) -> Assistant:
        """Return the assistant over the library that the settings name; models are loaded when first needed.

        Args:
            may_stand_in: When the local model was never downloaded, answer with the extractive backend and say so.
            keep: Takes the trace of each answer; None keeps it with the library, as the setting `trace.keep` says.
            remembers: Give answers and search results again while nothing has changed, as `answer.cache` and `search.cache`
                say. What measures answers does without.

        Raises:
            EmptyLibraryError: there is no library.
            MismatchError: another embedder built it.
        """
        from rag.store.beside import open_traces

        embedder = load_embedder(config.embed)
        library = open_store(config.library, model=embedder.name)
        traces = open_traces(config) if keep is None and config.trace.keep else None
        keep = traces.add if traces else keep
        opened = cls(library, embedder, config, may_stand_in=may_stand_in, keep=keep, remembers=remembers)
        opened._traces = traces
        return opened

    @classmethod
    def over(cls, articles: Iterable[Article], config: Config, *, may_stand_in: bool = False) -> Assistant:
        """Return an assistant over the given articles alone, which live in memory; no traces are kept."""
        from rag.ingest.pipeline import ingest

        embedder = load_embedder(config.embed)
        library = Library.in_memory(model=embedder.name)
        for _ in ingest(articles, library, embedder, tokens=config.chunk.tokens):
            pass
        return cls(library, embedder, config, may_stand_in=may_stand_in)

    def close(self) -> None:
        """Close the library."""
        self.library.close()
        self.observer.close()
        if self._traces is not None:
            self._traces.close()

    @property
    def remembered(self) -> dict[str, Uses]:
        """How often an answer or a search was given again, by `answer` and `search`."""
        return {"answer": self._given.uses, "search": self._found.uses}

    @property
    def resting(self) -> dict[str, bool]:
        """Whether each hosted model that was used is not called for a while, since it failed again and again."""
        found = {spec: writer.is_resting for spec, (writer, _) in list(self._writers.items())}
        return {spec: is_resting for spec, is_resting in found.items() if is_resting is not None}

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
        return self.observer.search(question, lambda span: self._search(question, k, where, context, span))

    def _search(self, question: str, k: int | None, where: Filter, context: bool, span: Span) -> SearchResult:
        """Return what `search` does, its stages told to `span`."""
        question = _checked(question)
        if self.library.index.count() == 0:
            raise EmptyLibraryError(f"the library {self.library.location!r} holds no article; type: rag ingest PATH")
        query = Query(question, k=k or self.config.search.k, where=where, context=context)
        if not self._found.is_on:
            return self._searcher.search(query, span)
        watch = Stopwatch()
        # The revision first: what is stored meanwhile may then be found, and is not taken for what was found before.
        key = (query, self.config.digest(), self.embedder.name, self.library.index.revision)
        found = self._found.get(key)
        if found is not None:
            return replace(found, timings_ms=watch.timings_ms())
        found = self._searcher.search(query, span)
        self._found.put(key, found)
        return found

    def ask(
        self,
        question: str,
        *,
        history: Sequence[Exchange] = (),
        where: Filter = ANY,
        llm: str | None = None,
        manner: Manner = USUAL,
    ) -> Answer:
        """Return the checked answer to a question; see `stream` for arguments and errors."""
        for event in self.stream(question, history=history, where=where, llm=llm, manner=manner):
            if isinstance(event, Finished):
                return event.answer
        raise AssertionError("unreachable: a stream ends with its answer")

    def stream(
        self,
        question: str,
        *,
        history: Sequence[Exchange] = (),
        where: Filter = ANY,
        llm: str | None = None,
        manner: Manner = USUAL,
    ) -> Generator[Event, None, None]:
        """Yield what happens while a question is answered; the last event is the answer. Closing it stops the model.

        Small talk and questions about the assistant itself get a reply at once, with status `remark`; nothing is searched.

        Args:
            history: What was asked and answered before, oldest first: a question that leans on it is rewritten to stand alone.
            where: Only these articles; `Filter(as_of=…)` hides what was published after that UTC day.
            llm: `PROVIDER:MODEL` to answer with; None takes the setting `llm.model`.
            manner: In which language, and from how much evidence.

        Raises:
            QuestionError, EmptyLibraryError: as `search`.
            BackendError, GenerationError: the model cannot be used, or failed.
        """
        yield from self.observer.answer(question, lambda span: self._told_of(question, history, where, llm, manner, span))

    def _told_of(
        self, question: str, history: Sequence[Exchange], where: Filter, llm: str | None, manner: Manner, span: Span
    ) -> Generator[Event, None, None]:
        """Yield the events of `stream`, its stages told to `span`."""
        from rag.answer.again import Given
        from rag.converse.remark import remark_answer
        from rag.trace.draft import Draft

        typed = _checked(question)
        if said := remark_answer(typed, self.library, manner.language):
            yield Finished(said)
            return
        spec, watch = llm or self.config.llm.model, Stopwatch()
        asked = self._asked(typed, history, where, spec, manner) if self._given.is_on else None
        if asked and (given := self._given.get(asked)):
            span.note(given_again=True)
            yield from given.events
            yield self._with_trace_kept(*given.again(watch))
            return
        rewritten = yield from self._understood(typed, history, spec)
        shown: list[Event] = [Understood(rewritten.question)] if rewritten.was_rewritten else []
        draft = Draft(
            rewritten.question,
            where,
            typed=typed if rewritten.was_rewritten else "",
            embedder=self.embedder.name,
            settings=self.config.digest(),
            manner=manner,
            span=span,
        )
        try:
            with closing(self._answered(draft, where, llm, manner)) as events:
                for event in events:
                    event = _as_typed(event, typed, rewritten)
                    if asked and isinstance(event, Finished) and not event.answer.notice:  # what a notice says may pass
                        self._given.put(asked, Given.of(shown, event.answer, draft.answered(event.answer)))
                    shown.append(event)
                    yield self._traced(event, draft)
        except (BackendError, GenerationError) as error:
            if self._keep is not None:
                with suppress(StoreError):  # what the model failed at says more than that the disk is full too
                    self._keep(draft.failed(error))
            raise

    def _understood(self, typed: str, history: Sequence[Exchange], spec: str) -> Generator[Event, None, Rewritten]:
        """Return the question that stands alone, and tell it where it is another than the one typed."""
        from rag.converse.rewrite import rewriting

        steps = rewriting(typed, history, lambda: self._say(spec))
        rewritten = yield from _relayed(steps, lambda _: Working(Stage.SEARCHING))  # a chance to stop the model
        if rewritten.was_rewritten:
            yield Understood(rewritten.question)
        return rewritten

    def _say(self, spec: str) -> Say | None:
        """Return what asks the model that `spec` names; None where there is none, which is told when it is to answer."""
        try:
            writer, _ = self._writer(spec)
        except NewsRagError:
            return None
        return None if writer.is_extractive else writer.say

    def _traced(self, event: Event, draft: Draft) -> Event:
        """Return the event, with its trace kept where it is the last one; the answer tells when that cannot be done."""
        if isinstance(event, Delta):
            draft.raw += event.text
        if self._keep is None or not isinstance(event, Finished):
            return event
        return self._with_trace_kept(event.answer, draft.answered(event.answer))

    def _with_trace_kept(self, answer: Answer, trace: Trace) -> Finished:
        """Return the last event, which tells where its trace could not be kept."""
        try:
            if self._keep is not None:
                self._keep(trace)
        except StoreError as error:
            answer = replace(answer, notice=f"{answer.notice} {error}".strip())
        return Finished(answer)

    def _asked(self, typed: str, history: Sequence[Exchange], where: Filter, spec: str, manner: Manner) -> Asked:
        """Return all that the answer to a question is made of; templates of prompts do not change while a process runs."""
        from rag.answer.again import Asked

        return Asked(
            question=typed,
            history=tuple(history),
            where=where,
            llm=spec,
            manner=manner,
            settings=self.config.digest(),
            embedder=self.embedder.name,
            revision=self.library.index.revision,
            day=datetime.now(UTC).date().isoformat(),
        )

    def _answered(self, draft: Draft, where: Filter, llm: str | None, manner: Manner) -> Generator[Event, None, None]:
        """Yield the events of `stream`, noting for the trace what is come by."""
        from rag.answer.conflict import find_conflicts, shown_with, with_conflicts
        from rag.answer.evidence import gather
        from rag.answer.recency import as_of_note, is_about_then, with_newest_first
        from rag.answer.repair import repair_prompt
        from rag.converse.wording import wording_for

        question, watch, depth = draft.question, draft.watch, manner.depth
        wording = wording_for(question, manner.language)
        yield Working(Stage.SEARCHING)
        with watch.stage("search") as searching:
            k = depth.share(self.config.answer.passages)
            found = draft.found = self._search(question, k, where, False, searching)
        draft.index_generation = self.library.index.number
        yield Working(Stage.READING)
        with watch.stage("evidence"):
            budget = depth.share(self.config.answer.evidence_tokens)
            evidence = gather(question, found.hits, self.embedder, budget=budget)
            is_past = is_about_then(found.understanding, where.as_of or self.library.index.newest())
            conflicts = find_conflicts(question, found.hits, is_about_then=is_past)
            evidence = draft.evidence = with_newest_first(evidence, conflicts)
        watch.mark("first_quotes")
        yield Found(found.hits, tuple((one.quote, one.source) for one in evidence.sentences[:FIRST_QUOTES]))

        with watch.stage("load"):
            draft.model = llm or self.config.llm.model
            writer, notice = self._writer(draft.model)
        prompts = writer.prompts(question, evidence, manner)
        reply = yield from _written(writer, prompts, draft)

        yield Working(Stage.CHECKING)
        with watch.stage("check"):
            checked = self._checked_reply(question, reply.text, evidence, writer.checker)
            fallen = [one for one in checked if not one.stands]
        if fallen and not writer.is_extractive:
            again = yield from _written_again(writer, repair_prompt(prompts, question, fallen), draft)
            reply = replace(reply, tokens=reply.tokens + again.tokens)
        with watch.stage("check"):
            composed = self._composed(question, checked, draft.again, evidence, writer.checker, draft.gate, wording)
            composed = with_conflicts(composed, conflicts, wording)
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
                trace_id=draft.id,
                raw=reply.text,
                shown=shown_with(evidence, conflicts),
                notice=notice,
                conflicts=conflicts,
                as_of_note=as_of_note(
                    composed,
                    conflicts,
                    understood=found.understanding,
                    where=where,
                    newest=self.library.index.newest(),
                    today=datetime.now(UTC).date(),
                ),
            )
        )

    def judge(
        self,
        question: str,
        reply: str,
        evidence: Evidence,
        *,
        again: str = "",
        gate: float | None = None,
        wording: Wording | None = None,
    ) -> Composed:
        """Return what the sentences of a reply come to, once each is tied to its quotes and checked.

        Args:
            again: What the model wrote in place of the sentences that fell; empty where none did.
            gate: How far its yes led its no; None where it was not asked.
            wording: What the answer itself says; None takes the language of the question.
        """
        from rag.answer.check import LLM, load_checker
        from rag.converse.wording import wording_for

        wording = wording or wording_for(question)
        is_by_model = self.config.answer.checker == LLM
        checker = self._writer(self.config.llm.model)[0].checker if is_by_model else load_checker(self.config.answer.checker)
        checked = self._checked_reply(question, reply, evidence, checker)
        return self._composed(question, checked, again, evidence, checker, gate, wording)

    def _composed(
        self,
        question: str,
        checked: list[Checked],
        again: str,
        evidence: Evidence,
        checker: Checker,
        gate: float | None,
        wording: Wording,
    ) -> Composed:
        """Return what the checked sentences come to, `again` in place of those that fell."""
        from rag.answer.compose import abstain, compose
        from rag.answer.repair import backed, insisted, mend

        second = self._checked_reply(question, again, evidence, checker)
        mended = mend(checked, second, evidence, may_quote=gate is None and (bool(second) or not again))
        if not mended.checked:
            quoted = insisted(question, evidence, gate)
            return compose(quoted, evidence, wording, is_whole=False) if quoted else abstain(evidence, wording)
        if gate is not None:
            mended = backed(question, mended, evidence)
        return compose(mended.checked, evidence, wording, is_whole=mended.is_whole)

    def _checked_reply(self, question: str, reply: str, evidence: Evidence, checker: Checker) -> list[Checked]:
        """Return the sentences of a reply, each tied to its quotes and checked; none where it declines."""
        from rag.answer.attribute import attribute
        from rag.answer.compose import Checked
        from rag.answer.repair import pointed_at
        from rag.answer.reply import statements

        said = statements(reply)
        if not said:
            return pointed_at(reply, evidence)
        behind = attribute(question, said, evidence, self.embedder)
        return [
            Checked(statement.text, quotes, checker.check(question, statement.text, quotes))
            for statement, quotes in zip(said, behind, strict=True)
        ]

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
            return Writer(spec, (self._load_model or load_llm)(spec, config), config, self.config.answer), ""
        except MissingModelError as error:
            if not self._may_stand_in:
                raise
            notice = f"{error} Until then answers are the best sentences, word for word (extractive)."
            return Writer(EXTRACTIVE, load_llm(EXTRACTIVE, config), config, self.config.answer), notice


def _relayed(steps: Generator[T, None, R], told: Callable[[T], Event]) -> Generator[Event, None, R]:
    """Yield what `told` makes of each step, and return what the steps return. Closing it closes them."""
    with closing(steps):
        try:
            while True:
                yield told(next(steps))
        except StopIteration as end:
            returned: R = end.value
    return returned


def _written_again(writer: Writer, prompt: str, draft: Draft) -> Generator[Event, None, Reply]:
    """Return the second reply, in place of sentences that did not stand; what is yielded only lets the reader stop it."""
    draft.prompts["repair"] = prompt
    with draft.watch.stage("repair"):
        reply = yield from _relayed(writer.say(prompt), lambda _: Delta(""))
    draft.again = reply.text
    return reply


def _written(writer: Writer, prompts: Prompts, draft: Draft) -> Generator[Event, None, Reply]:
    """Yield the reply as it is written, and return the whole of it; nothing where the gate finds no answer."""
    from rag.llm.generate import Reply

    watch = draft.watch
    draft.prompt_version = prompts.version
    with watch.stage("gate"):
        gate = writer.weigh(prompts)
    draft.gate = gate.lead
    if gate.lead is not None:
        draft.prompts["gate"] = prompts.gate
    if not gate.is_open:
        return Reply("", gate.tokens, "stop")
    draft.prompts["answer"] = prompts.answer
    yield Working(Stage.WRITING)

    def told(delta: str) -> Event:
        if delta:
            watch.mark("first_token")
        return Delta(delta)

    with watch.stage("generate"):
        reply = yield from _relayed(writer.stream(prompts), told)
    return replace(reply, tokens=reply.tokens + gate.tokens)


def _as_typed(event: Event, typed: str, rewritten: Rewritten) -> Event:
    """Return the event with the question as it was typed, and beside it what it was taken to mean."""
    if not isinstance(event, Finished):
        return event
    asked = rewritten.question if rewritten.was_rewritten else ""
    tokens = event.answer.tokens + rewritten.tokens
    return Finished(replace(event.answer, question=typed, asked=asked, tokens=tokens))


def _checked(question: str) -> str:
    """Return the question without surrounding white space."""
    question = " ".join(question.split())
    if not question:
        raise QuestionError('the question is empty; type one, such as: rag ask "Who won the election?"')
    if len(question) > MAX_QUESTION:
        raise QuestionError(f"the question has {len(question):,} characters, the most is {MAX_QUESTION:,}; shorten it")
    return question
