from __future__ import annotations

import asyncio
import threading
from collections.abc import Generator
from dataclasses import replace

import pytest

from ui.line import Line
from ui.run import Run
from ui.turn import BUG, Turn

ASKED = Turn(1, "?")


def collected(run: Run) -> asyncio.Future[list[Turn]]:
    async def read() -> list[Turn]:
        return [state async for state in run.states()]

    return asyncio.ensure_future(read())


def words(count: int, closed: threading.Event, held: threading.Event | None = None) -> Generator[Turn, None, None]:
    """Yield drafts of 1, 2 … words, the last one done; wait for `held` before the second."""
    try:
        for number in range(count):
            if number == 1 and held is not None:
                held.wait(10)
            yield replace(ASKED, draft="w" * (number + 1), error="over" if number == count - 1 else "")
    finally:
        closed.set()


def test_the_last_state_is_shown_and_states_that_came_too_fast_are_not() -> None:
    async def body() -> list[Turn]:
        return await collected(Run(ASKED, words(5000, threading.Event())))

    states = asyncio.run(body())
    assert states[-1].draft == "w" * 5000
    assert states[-1].is_done
    assert len(states) < 500


def test_a_thread_that_dies_ends_its_turn_with_an_error(caplog: pytest.LogCaptureFixture) -> None:
    def dying() -> Generator[Turn, None, None]:
        yield replace(ASKED, draft="w")
        raise RuntimeError("out of thin air")

    async def body() -> list[Turn]:
        return await asyncio.wait_for(collected(Run(ASKED, dying())), 5)

    states = asyncio.run(body())
    assert (states[-1].error, states[-1].draft) == (BUG, "w")
    assert "out of thin air" in caplog.text


def test_stopping_ends_the_states_at_once_and_the_model_at_its_next_word() -> None:
    closed, held = threading.Event(), threading.Event()

    async def body() -> list[Turn]:
        run = Run(ASKED, words(100, closed, held))
        reading = collected(run)
        await asyncio.sleep(0.05)
        run.stop()
        states = await asyncio.wait_for(reading, 2)
        assert not closed.is_set()  # the model is in the middle of a word
        held.set()
        await asyncio.to_thread(closed.wait, 2)
        return states

    states = asyncio.run(body())
    assert closed.is_set()
    assert (states[-1].is_stopped, states[-1].draft) == (True, "w")


def test_a_turn_that_is_stopped_while_it_waits_in_line_never_starts() -> None:
    begun = threading.Event()

    def states() -> Generator[Turn, None, None]:
        begun.set()
        yield replace(ASKED, error="asked all the same")

    async def body() -> list[Turn]:
        run = Run(ASKED, states())
        run.stop()
        return await collected(run)

    shown = asyncio.run(body())
    assert [state.is_stopped for state in shown] == [True]
    assert not begun.is_set()


def test_a_reader_who_leaves_stops_the_model() -> None:
    closed, held = threading.Event(), threading.Event()

    async def body() -> None:
        reading = collected(Run(ASKED, words(100, closed, held)))
        await asyncio.sleep(0.05)
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)
        held.set()
        await asyncio.to_thread(closed.wait, 2)

    asyncio.run(body())
    assert closed.is_set()


def test_stopping_after_the_server_is_gone_is_harmless() -> None:
    async def body() -> Run:
        run = Run(ASKED, words(1, threading.Event()))
        await collected(run)
        return run

    asyncio.run(body()).stop()


def test_a_turn_tells_its_place_until_its_turn_has_come_and_then_frees_the_line() -> None:
    async def body() -> tuple[list[Turn], int]:
        line = Line(at_once=1, waiting=5, person_at_once=1, person_waiting=5)
        before = line.join("bob")
        reading = collected(Run(ASKED, words(3, threading.Event()), line=line, who="ann"))
        await asyncio.sleep(0.05)
        before.leave()
        states = await asyncio.wait_for(reading, 5)
        await asyncio.sleep(0.05)
        return states, line.n_running

    states, n_running = asyncio.run(body())
    assert [state.place for state in states[:2]] == [1, 0]
    assert states[-1].is_done
    assert n_running == 0


def test_a_turn_that_is_stopped_in_line_is_never_taken_and_gives_up_its_place() -> None:
    closed = threading.Event()

    async def body() -> tuple[list[Turn], int]:
        line = Line(at_once=1, waiting=5, person_at_once=1, person_waiting=5)
        line.join("bob")
        run = Run(ASKED, words(3, closed), line=line, who="ann")
        reading = collected(run)
        await asyncio.sleep(0.05)
        run.stop()
        states = await asyncio.wait_for(reading, 5)
        return states, line.n_waiting

    states, n_waiting = asyncio.run(body())
    assert states[-1].is_stopped
    assert not closed.is_set()
    assert n_waiting == 0


def test_a_stopped_model_keeps_its_place_in_the_line_until_its_next_word() -> None:
    async def body() -> tuple[int, int]:
        line = Line(at_once=1, waiting=5, person_at_once=1, person_waiting=5)
        closed, held = threading.Event(), threading.Event()
        run = Run(ASKED, words(100, closed, held), line=line, who="ann")
        reading = collected(run)
        await asyncio.sleep(0.05)
        run.stop()
        await asyncio.wait_for(reading, 2)
        meanwhile = line.n_running
        held.set()
        await asyncio.to_thread(closed.wait, 2)
        await asyncio.sleep(0.05)
        return meanwhile, line.n_running

    assert asyncio.run(body()) == (1, 0)


def test_a_full_line_is_told_as_the_turn_s_error() -> None:
    async def body() -> list[Turn]:
        line = Line(at_once=1, waiting=1, person_at_once=1, person_waiting=1)
        for _ in range(2):
            line.join("bob")
        return await collected(Run(ASKED, words(3, threading.Event()), line=line, who="ann"))

    (state,) = asyncio.run(body())
    assert state.error == "Too many questions are waiting; ask again in a moment."
