"""What keeps a hosted model from being asked too much: a limit on calls at once, and rest after it failed again and again."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from datetime import UTC, datetime, timedelta
from threading import Condition

from rag.config import LlmConfig
from rag.errors import RestingError, TransientError
from rag.llm.hosted import Endpoint

PULSE_S = 0.1
"""Time between two chances to give up while a call waits."""


class Breaker:
    """The calls of one model. Safe to share between threads.

    Closed, it lets calls through, so many at once. After so many transient failures in a row it opens: nobody calls for a
    while. Then one call, the probe, is let through: if it fails the rest begins anew, else all may call again.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """Begin closed."""
        self._clock = clock
        self._changed = Condition()
        self._n_calls = 0
        self._n_failed = 0
        self._reason = ""
        self._until: float | None = None
        self._probe: Call | None = None

    @property
    def is_open(self) -> bool:
        """Whether it rests, or is being probed."""
        return self._until is not None

    def enter(self, endpoint: Endpoint, config: LlmConfig) -> Generator[None, None, Call]:
        """Return a call once it may begin; it has to `leave`. Yields now and then while it waits: a chance to give up.

        Raises:
            RestingError: nobody may call now.
            TransientError: as many calls as are allowed went on for longer than `config.timeout_s`.
        """
        deadline = self._clock() + config.timeout_s
        while (call := self._entered(endpoint, config)) is None:
            if self._clock() > deadline:
                raise TransientError(
                    f"{config.concurrency} calls to {endpoint} are under way, and none ended within {config.timeout_s:g} s; "
                    "ask again later, or raise llm.concurrency"
                )
            yield
            with self._changed:
                self._changed.wait(PULSE_S)
        return call

    def _entered(self, endpoint: Endpoint, config: LlmConfig) -> Call | None:
        """Return a call, None where there are too many.

        Raises:
            RestingError: nobody may call now.
        """
        with self._changed:
            if self._until is not None:
                left_s = self._until - self._clock()
                if left_s > 0 or self._probe is not None:
                    raise self._resting(endpoint, max(1.0, left_s))
            if self._n_calls >= config.concurrency:
                return None
            self._n_calls += 1
            call = Call(self, config)
            if self._until is not None:
                self._probe = call
            return call

    def _resting(self, endpoint: Endpoint, left_s: float) -> RestingError:
        again = datetime.now(UTC) + timedelta(seconds=left_s)
        return RestingError(
            f"{endpoint} failed {self._n_failed} times in a row and is not called before {again:%H:%M:%S} UTC, in "
            f"{round(left_s)} s; ask again then, or name another model. Its last failure: {self._reason}",
            retry_after_s=left_s,
        )


class Call:
    """One call under way."""

    def __init__(self, breaker: Breaker, config: LlmConfig) -> None:
        """Use `Breaker.enter`."""
        self._breaker = breaker
        self._config = config

    def answered(self) -> None:
        """Note that the model answered, be it with a refusal."""
        with self._breaker._changed:
            self._breaker._n_failed, self._breaker._until = 0, None

    def failed(self, error: TransientError) -> None:
        """Note a transient failure."""
        breaker, config = self._breaker, self._config
        with breaker._changed:
            breaker._n_failed += 1
            breaker._reason = str(error)
            has_tripped = breaker._until is None and 0 < config.trip_after <= breaker._n_failed
            if has_tripped or breaker._probe is self:
                breaker._until = breaker._clock() + config.rest_s

    def leave(self) -> None:
        """End the call; one that noted nothing, since its caller gave up, says nothing of the model."""
        with self._breaker._changed:
            self._breaker._n_calls -= 1
            if self._breaker._probe is self:
                self._breaker._probe = None
            self._breaker._changed.notify()
