"""Spans for OpenTelemetry: what the setting `telemetry.endpoint` turns on. Nothing of it is loaded before.

A span is told to its parent by hand and never made the "current" one: an answer is a generator, and what is current would
leak to whoever reads it.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import Thread
from types import TracebackType
from typing import TYPE_CHECKING

from rag import __version__
from rag.config import APP, TelemetryConfig
from rag.errors import MissingExtraError
from rag.timing import UNTOLD, Span

if TYPE_CHECKING:
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SpanExporter
    from opentelemetry.trace import Span as Told
    from opentelemetry.trace import Tracer

SEND_S = 3.0
"""Longest time that sending may take: a collector that is away holds up the end of a program for so long."""


class Telemetry:
    """Where spans go. Safe to share between threads."""

    def __init__(
        self,
        begin: Callable[[str, float], Span] = UNTOLD.child,
        *,
        close: Callable[[], None] | None = None,
        content: bool = False,
    ) -> None:
        """Use `telemetry_of`; what is made without arguments tells nobody."""
        self._begin = begin
        self.has_content = content
        self._close = close

    def span(self, name: str, ago_s: float = 0.0) -> Span:
        """Begin a piece of work that is part of no other, or tell of one that began so many seconds ago."""
        return self._begin(name, ago_s)

    def close(self) -> None:
        """Send what waits, for a few seconds at most; closing twice is harmless."""
        if self._close is not None:
            self._close()
            self._close = None


OFF = Telemetry()


def telemetry_of(config: TelemetryConfig, *, exporter: SpanExporter | None = None) -> Telemetry:
    """Return where the settings want spans to go.

    Args:
        exporter: Takes them at once, in place of the collector.

    Raises:
        MissingExtraError: the extra `telemetry` is not installed.
    """
    if not config.endpoint and exporter is None:
        return OFF
    try:
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor, SimpleSpanProcessor
        from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased
    except ModuleNotFoundError as error:
        raise MissingExtraError(
            f"telemetry.endpoint is {config.endpoint!r}, which needs OpenTelemetry ({error.name} is missing); "
            f"type: pip install '{APP}[telemetry]', or unset it"
        ) from None
    provider = TracerProvider(sampler=ParentBased(TraceIdRatioBased(config.sample)), shutdown_on_exit=False, resource=_who())
    provider.add_span_processor(
        SimpleSpanProcessor(exporter) if exporter is not None else BatchSpanProcessor(_collector(config.endpoint))
    )
    return Telemetry(_beginning(provider), close=lambda: _shut(provider), content=config.content)


def _beginning(provider: TracerProvider) -> Callable[[str, float], Span]:
    from opentelemetry.context import Context

    tracer = provider.get_tracer(APP)
    return lambda name, ago_s: _Span(tracer, tracer.start_span(name, context=Context(), start_time=_before(ago_s)))


def _shut(provider: TracerProvider) -> None:
    """Send what waits, for so long as sending may take: by itself it would try each batch for so long."""
    sending = Thread(target=provider.shutdown, name="telemetry", daemon=True)
    sending.start()
    sending.join(SEND_S)


def _before(seconds: float) -> int:
    """Return the time so many seconds ago, in nanoseconds."""
    return time.time_ns() - round(seconds * 1e9)


def _who() -> Resource:
    """Return what a collector knows this program by; OpenTelemetry's own variables, such as OTEL_SERVICE_NAME, win."""
    from opentelemetry.sdk.resources import SERVICE_NAME, SERVICE_VERSION, Resource

    said = Resource.create({SERVICE_VERSION: __version__})
    is_named = not str(said.attributes[SERVICE_NAME]).startswith("unknown_service")
    return said if is_named else said.merge(Resource({SERVICE_NAME: APP}))


def _collector(endpoint: str) -> SpanExporter:
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

    address = endpoint.rstrip("/")
    return OTLPSpanExporter(address if address.endswith("/v1/traces") else f"{address}/v1/traces", timeout=SEND_S)


class _Span:
    """A span of OpenTelemetry's."""

    def __init__(self, tracer: Tracer, told: Told) -> None:
        self._tracer = tracer
        self._told = told

    def child(self, name: str, ago_s: float = 0.0) -> Span:
        from opentelemetry.context import Context
        from opentelemetry.trace import set_span_in_context

        within = set_span_in_context(self._told, Context())
        return _Span(self._tracer, self._tracer.start_span(name, context=within, start_time=_before(ago_s)))

    def note(self, **facts: str | int | float | bool) -> None:
        self._told.set_attributes({f"{APP}.{name}": fact for name, fact in facts.items()})

    def __enter__(self) -> Span:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if isinstance(error, GeneratorExit):
            self.note(stopped=True)  # whoever asked wants no more of it: no failure
        elif kind is not None:
            from opentelemetry.trace import Status, StatusCode

            self._told.set_status(Status(StatusCode.ERROR, kind.__qualname__))  # its message may hold what was asked
        self._told.end()
