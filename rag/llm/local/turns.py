"""One request at a time: each runs in a thread of its own, and its listener can leave at any moment."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Generic, TypeVar

T = TypeVar("T")

PULSE_S = 0.25
"""How long a listener waits for text before it gets an empty piece, a chance to leave."""

Say = Callable[[str], None]
IsStopped = Callable[[], bool]
Task = Callable[[Say, IsStopped], T]
"""Work that says texts as they come, looks between its steps whether it should stop, and returns a result."""


@dataclass(frozen=True, slots=True)
class _Done(Generic[T]):
    result: T


class Turns:
    """Gives tasks their turn, first come first served as far as the operating system is fair.

    The thread, not the listener, holds the turn: a listener that is slow, or forgets its generator, blocks nobody.
    """

    def __init__(self) -> None:
        self._turn = threading.Lock()

    def run(self, task: Task[T]) -> Generator[str, None, T]:
        """Yield what a task says and return its result.

        An empty text comes whenever there is nothing else for `PULSE_S`, while it waits for its turn too. Closing the
        generator stops the task at its next step and does not wait for that.
        """
        heard: SimpleQueue[str | _Done[T] | BaseException] = SimpleQueue()
        stop = threading.Event()

        def is_stopped() -> bool:
            # Without the second part, a program that ends in the middle would wait for the whole reply.
            return stop.is_set() or not threading.main_thread().is_alive()

        def work() -> None:
            try:
                while not self._turn.acquire(timeout=PULSE_S):
                    if is_stopped():
                        return
                try:
                    heard.put(_Done(task(heard.put, is_stopped)))
                finally:
                    self._turn.release()
            except BaseException as error:
                heard.put(error)

        threading.Thread(target=work, name="local-llm").start()
        try:
            while True:
                try:
                    item = heard.get(timeout=PULSE_S)
                except Empty:
                    item = ""
                if isinstance(item, BaseException):
                    raise item
                if isinstance(item, _Done):
                    return item.result
                yield item
        finally:
            stop.set()


def result_of(running: Generator[str, None, T]) -> T:
    """Return the result of a task, whatever it says; its generator is closed if the wait is interrupted."""
    try:
        while True:
            try:
                next(running)
            except StopIteration as end:
                result: T = end.value
                return result
    finally:
        running.close()
