"""This side of one worker: start it, hand it a file, take what it says, end it when it takes too long."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from typing import BinaryIO

from pydantic import ValidationError

from rag.ingest.recall import KEY_BYTES, Item, Records
from rag.ingest.sandbox import wire

_LOOK_S = 0.2
"""How often a wait for a worker looks up, to see whether it is still wanted."""

WALL_TIMES, WALL_MORE_S = 4, 30
"""How many times its processor time, and how many seconds more, an article may take by the clock: other work may have the
processor, and only what sleeps comes to this."""

_KEPT = ("PATH", "LANG", "LC_ALL", "LC_CTYPE", "PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "TZ", "SYSTEMROOT")
"""What a worker sees of the environment: no key and no password."""


class DiedError(Exception):
    """A worker ended, or was ended, in the middle of a file; the message says why, for a person."""


class CancelledError(Exception):
    """Nobody waits for the articles any more."""


class Worker:
    """A process that reads files, one at a time."""

    def __init__(self, *, memory_mb: int) -> None:
        self._memory_mb = memory_mb
        ours, theirs = socket.socketpair()
        environment = {name: os.environ[name] for name in _KEPT if name in os.environ}
        command = [sys.executable, "-B", "-P", "-m", "rag.ingest.sandbox.worker", str(theirs.fileno()), str(memory_mb)]
        with theirs:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env=environment,
                pass_fds=[theirs.fileno()],
                start_new_session=True,
            )
        self._channel = ours

    @property
    def pid(self) -> int:
        """The process's id."""
        return self._process.pid

    def read(
        self, task: wire.Task, handle: BinaryIO, cancelled: threading.Event, records: Records | None = None
    ) -> Iterator[str | Item]:
        """Yield the name of each part as the worker begins it, and its items.

        Args:
            records: Answers what the worker asks, where the task says that it does.

        Raises:
            DiedError: the worker is gone, and with it the rest of the file.
            CancelledError: `cancelled` was set; the worker is gone too.
        """
        seconds = task.limits.seconds
        try:
            self._channel.settimeout(_LOOK_S)
            socket.send_fds(self._channel, [wire.TASK], [handle.fileno()])
            wire.send(self._channel, wire.TASK, wire.tasks.dump_json(task))
            while (frame := self._next(seconds, cancelled))[0] != wire.DONE:
                kind, body = frame
                if kind == wire.MEMORY:
                    raise DiedError(self._needed_memory)
                if kind == wire.AT:
                    if records:
                        records.begin()
                    yield body.decode("utf-8", "replace")
                    continue
                if kind == wire.ASK and records and len(body) == KEY_BYTES:
                    known = records.ask(body)
                    self._channel.sendall(wire.LEAVE if known else wire.READ)
                    if known:
                        yield known
                    continue
                item = (wire.articles if kind == wire.ARTICLE else wire.rejections).validate_json(body)
                if not (item.origin == task.origin or item.origin.startswith(task.origin + "#")):
                    raise DiedError("the parser spoke of another file")
                yield records.named(item) if records else item
        except (EOFError, OSError):
            raise DiedError(self._end(seconds)) from None
        except (ValueError, ValidationError):
            raise DiedError("the parser gave what is no article") from None

    def close(self) -> None:
        """End the process."""
        self._channel.close()
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()
        self._process.wait()

    def _next(self, seconds: int, cancelled: threading.Event) -> tuple[bytes, bytes]:
        """Return the next frame; an EOFError or OSError where there is none."""
        most = WALL_TIMES * seconds + WALL_MORE_S
        until = time.monotonic() + most
        self._channel.settimeout(_LOOK_S)
        while True:
            try:
                self._channel.recv(1, socket.MSG_PEEK)
                break
            except TimeoutError:
                if cancelled.is_set():
                    raise CancelledError from None
                if time.monotonic() > until:
                    raise DiedError(f"parsing took over {most} s by the clock and was stopped") from None
        self._channel.settimeout(most)
        return wire.receive(self._channel)

    @property
    def _needed_memory(self) -> str:
        return f"parsing needed more than {self._memory_mb:,} MB of memory; split it, or raise the setting ingest.memory_mb"

    def _end(self, seconds: int) -> str:
        """Return why the process ended by itself."""
        try:
            code = self._process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            return "the parser hung up"
        if code == -signal.SIGXCPU:
            return f"parsing took over {seconds} s of processor time; split it, or raise the setting ingest.seconds"
        if code < 0:
            return f"the parser crashed ({signal.Signals(-code).name})"
        # A want of memory in the wrong place, such as inside an exception's handling, ends Python with a traceback.
        return self._needed_memory if code else "the parser hung up"
