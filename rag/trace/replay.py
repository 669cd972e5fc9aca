"""A recorded question, answered again: by the whole flow, or by what comes after the model alone."""

from __future__ import annotations

import uuid
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime

from rag import __version__
from rag.answer.conflict import with_conflicts
from rag.answer.evidence import Evidence, Sentence, read_alone
from rag.assistant import Assistant
from rag.config import Config
from rag.converse.wording import wording_for
from rag.errors import BackendError, GenerationError, InputError
from rag.timing import Stopwatch
from rag.trace.record import Trace


def ask_again(recorded: Trace, config: Config, *, may_stand_in: bool = False) -> Trace:
    """Return the trace of the same question with the same filter under the given settings; it is not kept.

    A model that fails gives a trace that says so.

    Raises:
        InputError: the question is one for the assistant itself by now, which leaves no trace.
        StoreError: the library cannot be used.
    """
    kept: list[Trace] = []
    with (
        Assistant.open(config, may_stand_in=may_stand_in, keep=kept.append) as assistant,
        suppress(BackendError, GenerationError),
    ):
        assistant.ask(recorded.question, where=recorded.where, manner=recorded.manner)
    if not kept:
        raise InputError(f"{recorded.question!r} is taken for small talk now, and no article is asked; ask it in other words")
    return kept[0]


def judge_again(recorded: Trace, config: Config) -> Trace:
    """Return the trace that the recorded reply and sentences come to when they are checked and composed anew; it is not kept.

    No model of language runs and nothing is searched for, so that what differs is the work of attribution and check alone.

    Raises:
        InputError: the recorded answer failed, so that there is no reply to judge.
        StoreError: the library cannot be used.
    """
    if recorded.status is None:
        raise InputError(
            f"the trace {recorded.id!r} holds no whole reply, it failed ({recorded.error}); ask again with: "
            f"rag trace replay {recorded.id[:8]}"
        )
    begun, watch = datetime.now(UTC), Stopwatch()
    with Assistant.open(config) as assistant:
        evidence = _evidence(recorded, assistant)
        with watch.stage("check"):
            wording = wording_for(recorded.question, recorded.manner.language)
            composed = assistant.judge(
                recorded.question, recorded.raw, evidence, again=recorded.again, gate=recorded.gate, wording=wording
            )
            composed = with_conflicts(composed, recorded.conflicts, wording)
        embedder = assistant.embedder.name
    return replace(
        recorded,
        id=uuid.uuid4().hex,
        time=begun,
        status=composed.status,
        text=composed.text,
        claims=composed.claims,
        citations=composed.citations,
        versions=replace(recorded.versions, product=__version__, embedder=embedder, settings=config.digest()),
        timings_ms={"check": watch.timings_ms()["check"]},
    )


def _evidence(recorded: Trace, assistant: Assistant) -> Evidence:
    """Return the sentences that were shown as evidence: their vectors are made anew, their sources' text is not needed."""
    if not recorded.shown:
        return Evidence((), ())
    vectors = assistant.embedder.embed([read_alone(one.quote, one.head) for one in recorded.shown])
    sentences = (
        Sentence(one.number, one.source, one.quote, one.score, vector, one.head)
        for one, vector in zip(recorded.shown, vectors, strict=True)
    )
    return Evidence((), tuple(sentences))
