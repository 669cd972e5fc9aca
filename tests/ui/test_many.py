"""Several processes that serve one library on one server: what is known to one is known to all, and an outage passes."""

from __future__ import annotations

import os
import re
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

import httpx
import pytest

from rag.config import LibraryConfig
from rag.ingest.pipeline import ingest
from rag.store.choose import create_store
from rag.testing import HashEmbedder
from tests.llm.server import ModelService, model_service
from tests.pgserver import Server, running
from tests.ui.api.conftest import ARTICLES, PASSWORD
from tests.ui.api.test_soak import GROWTH, ask_on, memory
from tests.ui.scripted import PAY
from tests.ui.test_browser import ask, settled
from tests.ui.test_browser_panels import shelf
from tests.ui.test_drain import WORDS, command
from ui.accounts.postgres import PostgresAccounts

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [
    pytest.mark.torture,
    pytest.mark.timeout(1200),
    pytest.mark.filterwarnings("ignore::pandas.errors.Pandas4Warning"),
]

SECONDS = float(os.environ.get("SOAK_S", "20"))
PEOPLE = 20
QUESTION = "What do the dockers in Valparaíso want?"


@dataclass(frozen=True, slots=True)
class Site:
    """Processes on one PostgreSQL server, and clients of them."""

    server: Server
    address: str
    clients: tuple[httpx.Client, ...]

    @property
    def urls(self) -> tuple[str, ...]:
        return tuple(str(client.base_url).rstrip("/") for client in self.clients)


def serving(server: Server, stack: ExitStack, *, n: int = 2, **settings: str) -> Site:
    """Start `n` processes over a library of three articles in a new database."""
    address = stack.enter_context(server.database())
    embedder = HashEmbedder()
    with create_store(LibraryConfig(store=address), model=embedder.name) as library:
        list(ingest(ARTICLES, library, embedder, tokens=200))
    known = {
        "NEWSRAG_LIBRARY_STORE": address,
        "NEWSRAG_LLM_MODEL": "extractive",
        "NEWSRAG_ANSWER_CACHE": "0",  # each question is to be work
        "NEWSRAG_SEARCH_CACHE": "0",
        "NEWSRAG_PAGE_QUESTIONS_PER_MINUTE": "0",
        "NEWSRAG_PAGE_REQUESTS_PER_MINUTE": "0",
        **settings,
    }
    with ThreadPoolExecutor(n) as pool:
        started = [command(server.home / f"page{number}", **known) for number in range(n)]
        opened = list(pool.map(lambda one: one.__enter__(), started))
    for one in started:
        stack.push(one.__exit__)
    return Site(server, address, tuple(client for _, client in opened))


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    """Two processes."""
    with running(durable=True) as server, ExitStack() as stack:
        yield serving(server, stack)


@pytest.fixture
def model() -> Iterator[ModelService]:
    """A slow model."""
    pytest.importorskip("llama_index.llms.openai_like")
    with model_service(WORDS) as service:
        service.pace_s = 0.1
        yield service


def test_nothing_is_kept_in_a_folder(site: Site) -> None:
    assert [client.get("/readyz").status_code for client in site.clients] == [200, 200]
    assert not list(site.server.home.glob("page*/*"))


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A window of a browser, with time for a machine that does much else."""
    context = browser.new_context()
    opened = context.new_page()
    opened.set_default_timeout(120_000)
    yield opened
    context.close()


@pytest.mark.browser
def test_a_conversation_begun_at_one_process_goes_on_at_another(site: Site, page: Page) -> None:
    here, there = site.urls
    page.goto(here)
    ask(page, QUESTION)
    assert PAY in settled(page).locator(".answer").inner_text()
    page.wait_for_url(re.compile(r"\?c="))
    page.locator("[data-act=like]").first.click()
    page.wait_for_selector("[data-act=like][aria-pressed=true]")
    conversation = page.url.partition("?c=")[2]
    page.goto(f"{there}/?c={conversation}")
    assert PAY in settled(page).locator(".answer").inner_text()
    assert page.locator("[data-act=like][aria-pressed=true]").count() == 1
    ask(page, "How many ships did the port handle?")
    assert "310 ships" in settled(page, 2).locator(".answer").inner_text()
    page.goto(f"{here}/?c={conversation}")
    settled(page, 2)
    shelf(page)
    assert page.locator(".conversation").count() == 1


def test_twenty_people_at_two_processes(site: Site) -> None:
    with ThreadPoolExecutor(PEOPLE) as pool:
        warm = time.monotonic() + max(20, SECONDS / 5)  # until every thread of the servers has done what it does
        for one in [pool.submit(ask_on, site.urls[number % 2], number, warm) for number in range(PEOPLE)]:
            one.result()
        until = time.monotonic() + SECONDS
        people = [pool.submit(ask_on, site.urls[number % 2], number, until) for number in range(PEOPLE)]
        samples = []
        while time.monotonic() < until:
            samples.append([memory(client.get("/metrics").text) for client in site.clients])
            time.sleep(min(5, SECONDS / 20))
        counts = [one.result() for one in people]
    first, last = samples[0], samples[-1]
    shown = ", ".join(f"{before:.0f} … {after:.0f} MB" for before, after in zip(first, last, strict=True))
    print(f"{sum(counts):,} answers in {SECONDS:.0f} s; memory {shown}")
    for client in site.clients:
        for line in client.get("/metrics").text.splitlines():
            assert not re.search(r'^newsrag_http_requests_total\{code="5', line), line
    assert min(counts) > 0
    assert all(after <= before * (1 + GROWTH) for before, after in zip(first, last, strict=True))


def test_while_the_server_is_away_processes_say_so_and_go_on_when_it_is_back(site: Site) -> None:
    here, there = site.clients
    site.server.stop(how="immediate")
    began = time.monotonic()
    for client in (here, there):
        ready = client.get("/readyz")
        assert (ready.status_code, ready.json()["reason"]) == (503, "the library cannot be read")
        assert client.get("/healthz").status_code == 200
        asked = client.post("/api/ask", json={"question": "What does the toll of the Alder bridge cost?"})
        assert (asked.status_code, asked.json()["error"]["code"]) == (503, "library_unavailable")
        assert "PostgreSQL server" in asked.json()["error"]["message"]
        assert int(asked.headers["retry-after"]) > 0
    print(f"told within {time.monotonic() - began:.1f} s at both")
    site.server.start()
    began = time.monotonic()
    for client in (here, there):
        answer = client.post("/api/ask", json={"question": "What does the toll of the Alder bridge cost?"})
        assert answer.status_code == 200, answer.text
    print(f"answered again within {time.monotonic() - began:.1f} s at both")


@pytest.mark.browser
def test_a_page_whose_store_goes_away_in_mid_question_says_so_and_recovers(model: ModelService, page: Page) -> None:
    settings = {"NEWSRAG_LLM_MODEL": "openai:m", "NEWSRAG_LLM_BASE_URL": model.openai_url}
    with running(durable=True) as server, ExitStack() as stack:
        (url,) = serving(server, stack, n=1, **settings).urls
        page.goto(url)
        ask(page, QUESTION)
        page.wait_for_selector(".draft:not(:empty)")
        server.stop(how="immediate")
        told = settled(page).inner_text()
        assert "PostgreSQL server" in told
        assert "try again" in told
        ask(page, QUESTION)
        page.wait_for_function("document.querySelector('#hint .warning') || document.querySelectorAll('.turn.done').length > 1")
        server.start()
        model.pace_s = 0
        page.wait_for_selector("#question textarea:not([disabled])")
        n_before = page.locator(".turn").count()
        ask(page, "What do the dockers want?")
        assert "12% more pay" in settled(page, n_before + 1).inner_text()


def test_a_login_holds_at_every_process_and_so_do_failures_and_keys(site: Site) -> None:  # the last: the door stays closed
    with closing(PostgresAccounts(site.address, fresh_s=0)) as accounts:
        accounts.add("ann", PASSWORD)
        key = accounts.add_key("bob")
        time.sleep(2.5)  # what a change by another process may take to be seen
        here, there = site.clients
        assert [client.get("/api/conversations").status_code for client in site.clients] == [401, 401]
        logged_in = here.post("/login", data={"name": "ann", "password": PASSWORD})
        assert logged_in.status_code == 303
        cookie = {"Cookie": f"newsrag_session={logged_in.cookies['newsrag_session']}"}
        there.cookies.clear()
        assert there.get("/api/conversations", headers=cookie).status_code == 200
        bearer = {"Authorization": f"Bearer {key}"}
        assert [client.get("/api/conversations", headers=bearer).status_code for client in site.clients] == [200, 200]
        accounts.remove_key(key.split("_")[1])
        time.sleep(2.5)
        assert [client.get("/api/conversations", headers=bearer).status_code for client in site.clients] == [401, 401]
        codes = []
        for number in range(6):
            wrong = site.clients[number % 2].post("/login", data={"name": "eve", "password": f"wrong password {number}"})
            codes.append(wrong.status_code)
        assert codes[:5] == [401] * 5
        threads = [
            threading.Thread(
                target=lambda client=client: codes.append(
                    client.post("/login", data={"name": "eve", "password": "x"}).status_code
                )
            )
            for client in site.clients
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert 429 in codes[6:]
