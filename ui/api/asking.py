"""A question answered for a program: in line with everybody else's, in a thread of its own, read from the event loop."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Generator
from contextlib import aclosing, closing, suppress
from dataclasses import dataclass
from typing import TypeVar

from starlette.requests import Request

from rag.converse.history import Exchange
from rag.logs import on_behalf_of
from rag.manner import USUAL, Manner
from rag.types import ANY, Answer, Event, Filter, Finished
from ui.accounts.caller import Caller
from ui.api.errors import ApiError
from ui.backend import Backend
from ui.worker import work

T = TypeVar("T")

WATCH_S = 1.0
"""Time between two looks whether the program still listens."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """Event: the question waits in line, at this place from 1."""

    place: int


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked, after what, of which articles, of which model (None takes the setting), and how it is to be answered."""

    text: str
    history: tuple[Exchange, ...] = ()
    where: Filter = ANY
    llm: str | None = None
    manner: Manner = USUAL


async def asked(backend: Backend, caller: Caller, question: Question) -> AsyncGenerator[Waiting | Event, None]:
    """Yield the places in line, then the events of the assistant; closing it stops the model.

    Raises:
        BusyError: the line is full, or too much was asked.
        ApiError: it took longer than the setting `page.answer_s`.
        NewsRagError: as `Assistant.stream`.
    """
    loop = asyncio.get_running_loop()
    until = loop.time() + backend.config.page.answer_s

    async def in_time(steps: AsyncIterator[T]) -> AsyncGenerator[T, None]:
        while True:
            async with asyncio.timeout_at(until):  # not around the yield: it would cancel whoever reads, and not us
                try:
                    step = await anext(steps)
                except StopAsyncIteration:
                    return
            yield step

    def events() -> Generator[Event, None, None]:
        with on_behalf_of(caller.paying):
            yield from backend.assistant().stream(
                question.text, history=question.history, where=question.where, llm=question.llm, manner=question.manner
            )

    seat = backend.line.join(caller.paying)
    is_working = False
    try:
        async for place in in_time(seat.places()):
            yield Waiting(place)
        is_working = True
        async with aclosing(relayed(events, at_end=seat.leave)) as steps:
            async for event in in_time(steps):
                yield event
    except TimeoutError:
        seconds = f"{backend.config.page.answer_s:g}"
        raise ApiError(f"no answer within {seconds} s, the setting page.answer_s", status=504, code="timeout") from None
    finally:
        if not is_working:
            seat.leave()


async def answered(backend: Backend, request: Request, caller: Caller, question: Question) -> Answer:
    """Return the answer; the model stops when the program hangs up.

    Raises:
        BusyError, ApiError, NewsRagError: as `asked`; ApiError also when the program hung up.
    """
    task = asyncio.create_task(_last(backend, caller, question))
    try:
        while not task.done():
            await asyncio.wait({task}, timeout=WATCH_S)
            if not task.done() and await request.is_disconnected():
                raise ApiError("the program hung up", status=499, code="gone")
        return task.result()
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError, Exception):
            await task


async def _last(backend: Backend, caller: Caller, question: Question) -> Answer:
    async with aclosing(asked(backend, caller, question)) as events:
        async for event in events:
            if isinstance(event, Finished):
                return event.answer
    raise AssertionError("unreachable: a stream ends with its answer")


async def relayed(make: Callable[[], Generator[T, None, None]], *, at_end: Callable[[], object]) -> AsyncGenerator[T, None]:
    """Yield what a generator yields that is made and run in a thread; its errors are raised here.

    Closing this closes it at its next step, and only then is `at_end` called, in the event loop.
    """
    loop = asyncio.get_running_loop()
    steps: asyncio.Queue[tuple[T] | BaseException | None] = asyncio.Queue()
    stopping = threading.Event()

    def in_loop(call: Callable[..., object], *values: object) -> None:
        with suppress(RuntimeError):  # the loop is closed: the server shuts down and nobody reads on
            loop.call_soon_threadsafe(call, *values)

    def run() -> None:
        try:
            with closing(make()) as made:
                for step in made:
                    if stopping.is_set():
                        return
                    in_loop(steps.put_nowait, (step,))
        except BaseException as error:
            in_loop(steps.put_nowait, error)
        finally:
            in_loop(at_end)
            in_loop(steps.put_nowait, None)

    work(run, name="answer")
    try:
        while (taken := await steps.get()) is not None:
            if isinstance(taken, BaseException):
                raise taken
            yield taken[0]
    finally:
        stopping.set()
