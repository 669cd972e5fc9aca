"""Many requests, politely: hosts side by side, each host one request at a time with a pause in between.

All decisions are made by whoever draws from `Crawl.run`; its threads only wait on servers. A redirect becomes a request of its
own, so that the host it leads to is checked, asked for its robots.txt and paced like any other.
"""

from __future__ import annotations

import heapq
import itertools
import queue
import random
import threading
import time
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from email.utils import parsedate_to_datetime
from typing import Protocol

from rag.errors import InputError
from rag.fetch.fetcher import Fetcher, FetchError, Response
from rag.fetch.robots import NO_RULES, Rules, read_rules
from rag.fetch.url import Target

LOOKAHEAD = 5_000
"""Most jobs that wait here; a longer list is read as they are done."""

MAX_WAIT_S = 120.0
"""Longest that a host may put a request off; one that asks for more is left alone."""

DEAD_AFTER = 6
"""Broken requests in a row from which on a host counts as dead and the rest of its jobs fail at once."""

_LEAST_PAUSE_S = 0.05
"""What the pauses before further tries are multiples of, where no interval is set."""


class TooBusyError(FetchError):
    """The host asked to be left alone for a while; `wait_s` is for how long."""

    def __init__(self, message: str, wait_s: float) -> None:
        super().__init__(message)
        self.wait_s = wait_s


class RobotsError(FetchError):
    """The site's robots.txt asks not to fetch the page."""


@dataclass(frozen=True, slots=True)
class Job:
    """A page to fetch. `url` is how it was named, and stays the same over redirects (`hops`) and further tries."""

    url: str
    target: Target
    headers: Mapping[str, str] = field(default_factory=dict)
    hops: tuple[str, ...] = ()
    tries: int = 0


@dataclass(frozen=True, slots=True)
class Fetched:
    """What became of a job: the last response, or why there is none."""

    job: Job
    outcome: Response | InputError

    @property
    def is_unchanged(self) -> bool:
        """Whether the page is as it was when it was read, which the server was asked."""
        return isinstance(self.outcome, Response) and self.outcome.status == 304 and bool(self.job.headers)


@dataclass(slots=True)
class _Host:
    name: str
    jobs: deque[Job] = field(default_factory=deque)
    ready_at: float = 0.0
    delay_s: float = 0.0
    n_broken: int = 0
    is_queued: bool = False


@dataclass(frozen=True, slots=True)
class _Task:
    """What a thread does: fetch a job's page, or the rules of its site."""

    host: _Host
    job: Job
    wants_rules: bool


class RulesMemory(Protocol):
    """Where the rules of sites are kept from one run to the next."""

    def recall_rules(self, origin: str) -> Rules | None:
        """Return the rules kept of an origin."""

    def keep_rules(self, origin: str, rules: Rules) -> None:
        """Keep the rules of an origin."""


class Crawl:
    """The requests of one or more runs, one at a time; the pauses between requests to a host hold from one to the next."""

    def __init__(self, fetcher: Fetcher, memory: RulesMemory, *, clock: Callable[[], float] = time.time) -> None:
        self._fetcher = fetcher
        self._settings = fetcher.settings
        self._memory = memory
        self._clock = clock
        self._hosts: dict[str, _Host] = {}
        self._waiting: list[tuple[float, int, _Host]] = []
        self._order = itertools.count()
        self._n_jobs = 0
        self._rules: dict[str, Rules] = {}

    def run(self, jobs: Iterable[Job]) -> Generator[Fetched, None, None]:
        """Yield what became of each job as soon as it is known; jobs of one host come in the order given.

        Closed before its end, it breaks off what is going on.
        """
        self._begin()
        source = iter(jobs)
        try:
            while True:
                for job in itertools.islice(source, max(0, LOOKAHEAD - self._n_jobs)):
                    self._n_jobs += 1
                    self._enqueue(job)
                for fetched in self._start():
                    self._n_jobs -= 1
                    yield fetched
                if not self._n_jobs:
                    if (more := next(source, None)) is None:
                        return
                    self._n_jobs += 1
                    self._enqueue(more)
                    continue
                wait = max(0.0, self._waiting[0][0] - time.monotonic()) if self._waiting else None
                done = self._workers.next_done(wait if self._workers.n_free else None)
                for fetched in self._take(*done) if done else ():
                    self._n_jobs -= 1
                    yield fetched
        finally:
            if self._workers.n_busy:
                self._fetcher.abort()
            self._workers.stop()

    def _begin(self) -> None:
        """Forget what an earlier run left, except when each host was last asked."""
        self._workers = _Workers(self._perform, self._settings.concurrency)
        self._n_jobs = 0
        self._waiting.clear()
        self._rules.clear()
        self._hosts = {name: _Host(name, ready_at=host.ready_at) for name, host in self._hosts.items()}

    def _enqueue(self, job: Job, *, first: bool = False) -> None:
        host = self._hosts.setdefault(job.target.host, _Host(job.target.host))
        host.jobs.appendleft(job) if first else host.jobs.append(job)
        self._queue(host)

    def _queue(self, host: _Host) -> None:
        """Put a host with jobs in line for its next request, unless it is there or has one under way."""
        if host.jobs and not host.is_queued:
            host.is_queued = True
            heapq.heappush(self._waiting, (host.ready_at, next(self._order), host))

    def _start(self) -> Iterator[Fetched]:
        """Start what may start now, and yield the jobs that fail without a request."""
        while self._waiting and self._waiting[0][0] <= time.monotonic() and self._workers.n_free:
            host = heapq.heappop(self._waiting)[2]
            while host.jobs:
                job = host.jobs.popleft()
                if host.n_broken >= DEAD_AFTER:
                    yield Fetched(job, FetchError(f"{host.name!r} failed {DEAD_AFTER} times in a row; try again later"))
                    continue
                rules = self._rules_of(job.target.origin)
                if rules is None:
                    self._workers.submit(_Task(host, job, wants_rules=True))
                    break
                if refusal := rules.refusal(job.target):
                    yield Fetched(job, RobotsError(refusal))
                    continue
                host.delay_s = rules.delay_s
                self._workers.submit(_Task(host, job, wants_rules=False))
                break
            else:
                host.is_queued = False

    def _rules_of(self, origin: str) -> Rules | None:
        """Return the rules that hold for an origin; None where it has to be asked."""
        if not self._settings.robots:
            return NO_RULES
        if origin not in self._rules and (kept := self._memory.recall_rules(origin)):
            self._rules[origin] = kept
        rules = self._rules.get(origin)
        return rules if rules and rules.holds_until > self._clock() else None

    def _perform(self, task: _Task) -> Response | Rules:
        """Do a task, in a thread."""
        if task.wants_rules:
            origin = task.job.target.origin
            return read_rules(self._fetcher, origin, self._rules.get(origin), clock=self._clock)
        return self._fetcher.get(task.job.target, headers=task.job.headers)

    def _take(self, task: _Task, result: Response | Rules | InputError) -> Iterator[Fetched]:
        """Take what a thread brings, and yield the job if that settles it."""
        host, job = task.host, task.job
        host.ready_at = time.monotonic() + max(self._settings.interval_s, host.delay_s)
        host.is_queued = False
        host.n_broken = host.n_broken + 1 if type(result) is FetchError else 0
        if isinstance(result, Rules):
            self._rules[job.target.origin] = result
            self._memory.keep_rules(job.target.origin, result)
            host.jobs.appendleft(job)
        elif isinstance(result, Response) and result.location:
            yield from self._redirect(job, result.location)
        elif wait := self._wait(job, result):
            if wait <= MAX_WAIT_S and job.tries < self._settings.retries:
                host.ready_at = max(host.ready_at, time.monotonic() + wait)
                host.jobs.appendleft(replace(job, tries=job.tries + 1))
            else:
                yield Fetched(job, self._given_up(host, result, wait))
        else:
            yield Fetched(job, result)
        self._queue(host)

    def _redirect(self, job: Job, location: Target) -> Iterator[Fetched]:
        """Follow a redirect, in the line of the host that it leads to."""
        if location.url == job.target.url or location.url in job.hops:
            yield Fetched(job, InputError(f"it redirects in a circle, to {location.url!r}"))
        elif len(job.hops) >= self._settings.redirects:
            yield Fetched(job, InputError(f"more than {self._settings.redirects} redirects, the limit"))
        else:
            # What was known of the first address says nothing of the next.
            hops = (*job.hops, job.target.url)
            headers = job.headers if location.host == job.target.host else {}
            self._enqueue(Job(job.url, location, headers, hops), first=True)

    def _wait(self, job: Job, result: Response | InputError) -> float:
        """Return how many seconds to wait before trying again; 0 where a further try makes no sense."""
        backoff = max(self._settings.interval_s, _LEAST_PAUSE_S) * 2.0 ** (job.tries + 1) * random.uniform(0.8, 1.2)
        if isinstance(result, InputError):
            return backoff if type(result) is FetchError else 0.0
        if result.status == 429 or result.status >= 500:
            return retry_after(result, self._clock()) or backoff
        return 0.0

    def _given_up(self, host: _Host, result: Response | InputError, wait: float) -> InputError:
        """Return why a job that could be tried again is not."""
        if isinstance(result, InputError):
            return result
        if result.status in (429, 503):
            return TooBusyError(f"{host.name!r} answered {result.status} and asks to wait {wait:.0f} s; try again later", wait)
        return FetchError(f"{host.name!r} answered {result.status}; try again later")


def retry_after(response: Response, now: float) -> float:
    """Return the seconds that a Retry-After header asks for, from a number or a date; 0 where there is none."""
    text = response.headers.get("retry-after", "")
    if text.isdecimal():
        return float(text[:9])
    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - now)
    except (ValueError, TypeError, OverflowError):
        return 0.0


class _Workers:
    """Threads that wait on servers. They are daemons: none keeps the program from ending."""

    def __init__(self, perform: Callable[[_Task], Response | Rules], size: int) -> None:
        self._perform = perform
        self._size = size
        self._tasks: queue.SimpleQueue[_Task | None] = queue.SimpleQueue()
        self._done: queue.SimpleQueue[tuple[_Task, Response | Rules | BaseException]] = queue.SimpleQueue()
        self._n_threads = 0
        self.n_busy = 0

    @property
    def n_free(self) -> int:
        return self._size - self.n_busy

    def submit(self, task: _Task) -> None:
        """Have a task done; there must be a free thread."""
        if self.n_busy >= self._n_threads:
            self._n_threads += 1
            threading.Thread(target=self._work, daemon=True, name="fetch").start()
        self.n_busy += 1
        self._tasks.put(task)

    def next_done(self, timeout: float | None) -> tuple[_Task, Response | Rules | InputError] | None:
        """Return the next task done and what it brought; None where there is none within the time. Bugs are raised here."""
        try:
            task, result = self._done.get(timeout=timeout)
        except queue.Empty:
            return None
        self.n_busy -= 1
        if isinstance(result, BaseException) and not isinstance(result, InputError):
            raise result
        return task, result

    def stop(self) -> None:
        """Let every thread end when it is done with its task."""
        for _ in range(self._n_threads):
            self._tasks.put(None)

    def _work(self) -> None:
        while task := self._tasks.get():
            try:
                self._done.put((task, self._perform(task)))
            except BaseException as error:
                self._done.put((task, error))
