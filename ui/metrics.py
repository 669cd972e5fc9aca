"""What the server counts, for Prometheus. Nothing in it is said by or about a reader."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from time import monotonic

from prometheus_client import CollectorRegistry, Counter, Histogram, Info, ProcessCollector, generate_latest
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rag import __version__
from rag.errors import NewsRagError
from rag.logs import on_behalf_of, tell
from rag.recent import Uses
from rag.trace.record import Trace
from rag.types import LibraryStats
from ui.accounts.caller import caller_of
from ui.line import Line

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300)
_MOST_MODELS = 20

log = logging.getLogger(__name__)


class Metrics:
    """Counters of one server. Safe to share between threads."""

    def __init__(
        self,
        line: Line,
        stats: Callable[[], LibraryStats | None],
        remembered: Callable[[], Mapping[str, Uses]],
        resting: Callable[[], Mapping[str, bool]],
    ) -> None:
        """Count from nothing; what is as it is at the moment is looked at whenever the counts are read."""
        self._registry = CollectorRegistry()
        self._models: set[str] = set()
        self._requests = Counter(
            "newsrag_http_requests", "Requests answered.", ("method", "route", "code"), registry=self._registry
        )
        self._request_s = Histogram(
            "newsrag_http_request_seconds", "Time to the end of a reply.", ("route",), buckets=_SECONDS, registry=self._registry
        )
        self._answers = Counter(
            "newsrag_answers", "Questions by what came of them.", ("status", "model"), registry=self._registry
        )
        self._stage_s = Histogram(
            "newsrag_answer_stage_seconds",
            "Time of each stage of an answer.",
            ("stage",),
            buckets=_SECONDS,
            registry=self._registry,
        )
        self._tokens = Counter(
            "newsrag_llm_tokens", "Tokens that the model read and wrote.", ("kind",), registry=self._registry
        )
        self._registry.register(_Now(line, stats, remembered, resting))
        Info("newsrag_build", "What runs.", registry=self._registry).info({"version": __version__})
        ProcessCollector(registry=self._registry)

    def answered(self, trace: Trace) -> None:
        """Count an answer, or the failure of one."""
        self._answers.labels(trace.outcome, self._label(trace.versions.model)).inc()
        for stage, ms in trace.timings_ms.items():
            self._stage_s.labels(stage).observe(ms / 1000)
        self._tokens.labels("prompt").inc(trace.tokens.prompt)
        self._tokens.labels("completion").inc(trace.tokens.completion)

    def _label(self, model: str) -> str:
        """Return a model as a label, of which there may be few: one that failed may be anything that was asked for."""
        if len(self._models) < _MOST_MODELS:
            self._models.add(model)
        return model if model in self._models else "other"

    def replied(self, method: str, route: str, code: int, seconds: float) -> None:
        """Count a request; `route` is one of few."""
        self._requests.labels(method, route, str(code)).inc()
        self._request_s.labels(route).observe(seconds)

    def text(self) -> bytes:
        """Return all counts in Prometheus' text format."""
        return generate_latest(self._registry)


class _Now(Collector):
    """What is as it is at this moment."""

    def __init__(
        self,
        line: Line,
        stats: Callable[[], LibraryStats | None],
        remembered: Callable[[], Mapping[str, Uses]],
        resting: Callable[[], Mapping[str, bool]],
    ) -> None:
        self._line = line
        self._stats = stats
        self._remembered = remembered
        self._resting = resting

    def describe(self) -> Iterator[Metric]:
        """Give nothing: the library is not to be looked at before somebody asks."""
        yield from ()

    def collect(self) -> Iterator[Metric]:
        """Give the gauges."""
        yield GaugeMetricFamily("newsrag_questions_running", "Questions being answered.", self._line.n_running)
        yield GaugeMetricFamily("newsrag_questions_waiting", "Questions waiting in line.", self._line.n_waiting)
        hits = CounterMetricFamily("newsrag_cache_hits", "What was given again from a cache.", labels=["cache"])
        misses = CounterMetricFamily("newsrag_cache_misses", "What was not in a cache.", labels=["cache"])
        for name, uses in self._remembered().items():
            hits.add_metric([name], uses.hits)
            misses.add_metric([name], uses.misses)
        yield from (hits, misses)
        resting = GaugeMetricFamily("newsrag_model_resting", "1 while a failing model is not called.", labels=["model"])
        for model, is_resting in self._resting().items():
            resting.add_metric([model], is_resting)
        yield resting
        yield GaugeMetricFamily("newsrag_draining", "1 once no more questions are taken.", self._line.is_closed)
        try:
            stats = self._stats()
        except NewsRagError:  # told where it matters; the other counts are worth having all the more
            yield GaugeMetricFamily("newsrag_library_up", "1 while the library can be read.", 0)
            return
        yield GaugeMetricFamily("newsrag_library_up", "1 while the library can be read.", 1)
        yield GaugeMetricFamily("newsrag_library_generation", "Its state that is searched.", stats.generation if stats else 0)
        yield GaugeMetricFamily("newsrag_library_articles", "Articles.", stats.articles if stats else 0)
        yield GaugeMetricFamily("newsrag_library_passages", "Passages.", stats.passages if stats else 0)
        yield GaugeMetricFamily("newsrag_library_bytes", "Bytes on disk.", stats.bytes_on_disk if stats else 0)


class Counted:
    """Counts the requests of an application, and writes a line about each. Pure ASGI, so streams flow."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        """Stand before `app`."""
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on and count its reply; one that is cut off counts as 499, a bug as 500."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began, code, who = monotonic(), 499, caller_of(Request(scope)).paying

        async def sending(message: Message) -> None:
            nonlocal code
            if message["type"] == "http.response.start":
                code = message["status"]
            await send(message)

        try:
            with on_behalf_of(who):
                await self._app(scope, receive, sending)
        except Exception:
            code = 500
            raise
        finally:
            # Only our own routes have paths of their own: a label for each address that somebody types would never end.
            route = getattr(scope.get("route"), "path_format", "page")
            method = scope["method"] if scope["method"] in _METHODS else "other"
            seconds = monotonic() - began
            self._metrics.replied(method, route, code, seconds)
            level = logging.DEBUG if route in _OFTEN else logging.INFO
            tell(log, "request", level, method=method, route=route, code=code, ms=round(seconds * 1000, 1), caller=who)


_OFTEN = frozenset({"page", "/healthz", "/readyz", "/metrics"})
"""What a browser fetches by the dozen, and what probes ask for every few seconds."""

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
