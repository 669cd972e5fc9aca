"""Spans, as OpenTelemetry's own exporter in memory receives them."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

import rag.telemetry
from rag.assistant import Assistant
from rag.config import Config, TelemetryConfig
from rag.errors import MissingExtraError, QuestionError
from rag.ingest.pipeline import ingest
from rag.observe import Observer
from rag.ports import Embedder
from rag.store.library import Library
from rag.telemetry import OFF, telemetry_of
from rag.types import Article, Stage, Working

QUESTION = "What do the dockers in Valparaíso want?"


@pytest.fixture
def told() -> InMemorySpanExporter:
    return InMemorySpanExporter()


@pytest.fixture
def assistant(
    library: Library, embedder: Embedder, harbour: list[Article], config: Config, told: InMemorySpanExporter
) -> Iterator[Assistant]:
    list(ingest(harbour, library, embedder, tokens=100))
    with Assistant(library, embedder, config) as made:
        made.observer = Observer(config, telemetry_of(config.telemetry, exporter=told))
        yield made


def by_name(told: InMemorySpanExporter) -> dict[str, ReadableSpan]:
    return {span.name: span for span in told.get_finished_spans()}


def children(told: InMemorySpanExporter, parent: str) -> set[str]:
    id_ = by_name(told)[parent].context.span_id  # type: ignore[union-attr]
    return {span.name for span in told.get_finished_spans() if span.parent and span.parent.span_id == id_}


def attributes(span: ReadableSpan) -> dict[str, object]:
    return dict(span.attributes or {})


def test_an_answer_is_one_trace_with_a_span_a_stage(assistant: Assistant, told: InMemorySpanExporter) -> None:
    answer = assistant.ask(QUESTION)
    spans = by_name(told)
    assert spans["answer"].parent is None
    assert {span.context.trace_id for span in told.get_finished_spans()} == {spans["answer"].context.trace_id}  # type: ignore[union-attr]
    assert children(told, "answer") == {"search", "evidence", "load", "gate", "generate", "check"}
    assert children(told, "search") == {"understand", "embed", "lexical", "dense", "rerank", "read"}
    facts = attributes(spans["answer"])
    assert facts["newsrag.id"] == answer.trace_id
    assert facts["newsrag.status"] == "answered"
    assert "newsrag.stopped" not in facts
    took_ms = (spans["search"].end_time - spans["search"].start_time) / 1e6  # type: ignore[operator]
    assert took_ms == pytest.approx(answer.timings_ms["search"], abs=5)


def test_nothing_that_was_asked_or_said_is_told(assistant: Assistant, told: InMemorySpanExporter) -> None:
    assistant.ask(QUESTION)
    assistant.search(QUESTION)
    with pytest.raises(QuestionError):
        assistant.ask("x" * 2001)
    for span in told.get_finished_spans():
        said = span.to_json()
        assert "dockers" not in said.lower()
        assert "xxx" not in said
    failed = told.get_finished_spans()[-1]
    assert (failed.status.is_ok, failed.status.description) == (False, "QuestionError")


def test_a_setting_has_it_told(assistant: Assistant, told: InMemorySpanExporter) -> None:
    open_ = TelemetryConfig(content=True)
    assistant.observer = Observer(assistant.config, telemetry_of(open_, exporter=told))
    answer = assistant.ask(QUESTION)
    facts = attributes(by_name(told)["answer"])
    assert (facts["newsrag.question"], facts["newsrag.answer"]) == (QUESTION, answer.text)


def test_an_answer_that_nobody_waits_for_ends_its_spans(assistant: Assistant, told: InMemorySpanExporter) -> None:
    events = assistant.stream(QUESTION)
    assert next(events) == Working(Stage.SEARCHING)
    assert next(events) == Working(Stage.READING)
    events.close()
    span = by_name(told)["answer"]
    assert attributes(span)["newsrag.stopped"] is True
    assert attributes(span)["newsrag.status"] == "stopped"
    assert span.status.is_unset


def test_a_search_alone_is_a_trace_of_its_own(assistant: Assistant, told: InMemorySpanExporter) -> None:
    found = assistant.search(QUESTION, k=2)
    assert by_name(told)["search"].parent is None
    assert attributes(by_name(told)["search"])["newsrag.hits"] == len(found.hits)
    assert {"lexical", "dense"} <= children(told, "search")


def test_two_answers_at_once_keep_their_stages_apart(assistant: Assistant, told: InMemorySpanExporter) -> None:
    first, second = assistant.stream(QUESTION), assistant.stream("Who leads the port union?")
    for pair in zip(first, second, strict=False):
        del pair
    first.close()
    second.close()
    roots = [span.context.span_id for span in told.get_finished_spans() if span.name == "answer"]  # type: ignore[union-attr]
    searches = [span.parent.span_id for span in told.get_finished_spans() if span.name == "search" and span.parent]
    assert sorted(roots) == sorted(searches)


def test_a_batch_that_is_ingested_is_a_trace(
    library: Library, embedder: Embedder, harbour: list[Article], told: InMemorySpanExporter
) -> None:
    telemetry = telemetry_of(TelemetryConfig(), exporter=told)
    list(ingest(harbour, library, embedder, tokens=100, telemetry=telemetry))
    assert children(told, "ingest") == {"read", "embed", "store"}
    assert attributes(by_name(told)["ingest"])["newsrag.articles"] == 3
    spans = by_name(told)
    assert spans["read"].start_time <= spans["read"].end_time <= spans["embed"].start_time <= spans["store"].start_time  # type: ignore[operator]
    told.clear()
    list(ingest(harbour, library, embedder, tokens=100, telemetry=telemetry))
    assert told.get_finished_spans() == ()  # nothing was stored


def test_only_a_share_is_told_if_so_set(assistant: Assistant, told: InMemorySpanExporter) -> None:
    assistant.observer = Observer(assistant.config, telemetry_of(TelemetryConfig(sample=0), exporter=told))
    assistant.ask(QUESTION)
    assert told.get_finished_spans() == ()


class _Collector(BaseHTTPRequestHandler):
    """Notes what is sent to it."""

    sent: list[tuple[str, str, bytes]]

    def do_POST(self) -> None:  # the name is the library's
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.sent.append((self.path, self.headers["Content-Type"], body))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def test_spans_reach_a_collector_by_otlp() -> None:
    from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

    _Collector.sent = []
    with HTTPServer(("127.0.0.1", 0), _Collector) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        telemetry = telemetry_of(TelemetryConfig(endpoint=f"http://127.0.0.1:{server.server_port}"))
        with telemetry.span("answer") as span:
            span.note(status="answered")
        telemetry.close()
        server.shutdown()
    ((path, kind, body),) = _Collector.sent
    assert (path, kind) == ("/v1/traces", "application/x-protobuf")
    received = ExportTraceServiceRequest.FromString(body).resource_spans[0]
    service = {one.key: one.value.string_value for one in received.resource.attributes}
    assert service["service.name"] == "newsrag"
    assert received.scope_spans[0].spans[0].name == "answer"


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning", "ignore::ResourceWarning")
def test_a_collector_that_says_nothing_holds_up_the_end_but_shortly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rag.telemetry, "SEND_S", 0.3)
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        telemetry = telemetry_of(TelemetryConfig(endpoint=f"http://127.0.0.1:{silent.getsockname()[1]}"))
        for _ in range(2000):  # four batches
            with telemetry.span("answer"):
                pass
        began = time.monotonic()
        telemetry.close()
        assert time.monotonic() - began < 1.1


def test_it_is_off_and_unloaded_unless_asked_for() -> None:
    assert telemetry_of(TelemetryConfig()) is OFF
    code = (
        "import sys, rag, rag.telemetry, rag.observe, rag.logs, rag.timing\n"
        "print(any(name.split('.')[0] == 'opentelemetry' for name in sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_a_missing_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "opentelemetry.sdk.trace", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'newsrag\[telemetry\]'"):
        telemetry_of(TelemetryConfig(endpoint="http://127.0.0.1:4318"))
