"""What readers do over several steps, in a real browser: adding articles in every way, settings, drafts of their likes, and a
server that is started anew meanwhile."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from rag.manner import Depth, Manner
from rag.types import Filter
from tests.fetch.site import Reply, Site, story
from tests.ui.conftest import Open, Serve
from tests.ui.scripted import ARTICLE, PAID, PAY, ScriptedAssistant, events, free_port, page_config, playing
from tests.ui.test_browser import ask, settled
from tests.ui.test_browser_panels import OTHER, shelf, tab
from tests.ui.test_server import fill
from ui.backend import Backend
from ui.server import Server

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(240),
    pytest.mark.filterwarnings("ignore::pandas.errors.Pandas4Warning"),  # as in test_browser
]

FEED = """<?xml version="1.0"?><rss version="2.0"><channel><title>Paper</title><link>{base}/</link>
<item><title>Ferry stranded</title><link>{base}/ferry</link><pubDate>Mon, 03 Mar 2025 09:00:00 GMT</pubDate></item>
</channel></rss>"""


@pytest.fixture
def site() -> Iterator[Site]:
    """A server without any page."""
    made = Site()
    yield made
    made.close()


@contextmanager
def serving(path: Path, **flags: object) -> Iterator[str]:
    """Serve a page over the library at `path`, with `flags` among its settings; gives its address."""
    config = page_config(**{"library.path": str(path), **flags})
    with Server(Backend(config, may_stand_in=False)) as server:
        yield server.url


def adding(page: Page, way: str) -> None:
    """Open one of the ways to add articles."""
    tab(page, "Library")
    if not page.locator("#add-ways").is_visible():
        page.locator("#add .label-wrap").first.click()
    page.locator("#add-ways [role=tab]:visible", has_text=way).click()


def results(page: Page) -> str:
    """Return what became of what was added, once all of it is told."""
    page.wait_for_selector("#add-results :text('Done:')", timeout=60_000)
    return page.locator("#add-results").inner_text()


def test_pages_and_feeds_are_added_by_their_addresses_and_asked_about(open_page: Open, tmp_path: Path, site: Site) -> None:
    base = f"http://{site.netloc}"
    site.answers["/strike"] = story("Crane fell", text="The crane of Brask fell on Monday and nobody was hurt, said Anna Holt.")
    site.answers["/ferry"] = story("Ferry stranded", text="The ferry of Halvik ran aground with 81 passengers, said Ola Dahl.")
    site.answers["/feed"] = Reply(FEED.format(base=base).encode(), type="application/rss+xml")
    fill(tmp_path / "library", ARTICLE)
    allowed = {"fetch.allow_hosts": [site.netloc], "fetch.interval_s": 0, "ingest.workers": 1}
    with serving(tmp_path / "library", **allowed) as url:
        page = open_page(url)
        adding(page, "From the web")
        page.fill("#web-addresses textarea", f"{base}/strike\n{base}/gone\nhttp://10.0.0.7/secret")
        page.click("#web-add")
        told = results(page)
        assert "1 added" in told
        assert "2 rejected" in told
        assert "/gone" in told
        page.wait_for_selector("#library-list .opens:has-text('Crane fell')")
        page.fill("#feed-addresses textarea", f"{base}/feed")
        page.click("#feed-add")
        page.wait_for_selector("#library-list .opens:has-text('Ferry stranded')", timeout=60_000)
        assert "1 added" in results(page)
        row = page.locator(".articles li", has_text="Ferry stranded")
        assert "3 March 2025" in row.inner_text()
        tab(page, "Ask")
        ask(page, "How many passengers did the ferry of Halvik have?")
        assert "81 passengers" in settled(page).locator(".answer").inner_text()


def test_several_files_and_a_pasted_text_are_told_of_one_by_one(open_page: Open, tmp_path: Path) -> None:
    files = []
    for number in range(4):
        file = tmp_path / f"tower-{number}.txt"
        file.write_text(f"Tower {number}\n\nThe tower number {number} of Brask is {90 + number} metres high, said Anna Holt.")
        files.append(str(file))
    with serving(tmp_path / "library") as url:
        page = open_page(url)
        assert "No articles yet" in page.locator(".placeholder").inner_text()
        tab(page, "Library")
        page.wait_for_selector("#add-ways:visible")  # with nothing to list, how to add stands open
        page.set_input_files("#upload input[type=file]", files)
        assert "4 added" in results(page)
        assert page.locator("#add-results li.added").count() == 4
        page.wait_for_function("document.querySelectorAll('#library-list .articles li').length === 4")
        adding(page, "Paste")
        page.fill("#paste-text textarea", "The harbour of Brask is closed in winter, the mayor Ivar Lund said.")
        page.fill("#paste-title :is(input, textarea)", "Harbour closed")
        page.fill("#paste-publisher :is(input, textarea)", "The Post")
        page.fill("#paste-day :is(input, textarea)", "2025-01-02")
        page.click("#paste-add")
        page.wait_for_selector("#library-list .opens:has-text('Harbour closed')", timeout=60_000)
        assert "The Post · 2 January 2025" in page.locator(".articles li", has_text="Harbour closed").inner_text()
        tab(page, "Ask")
        ask(page, "Who said that the harbour of Brask is closed in winter?")
        assert "Ivar Lund" in settled(page).locator(".answer").inner_text()


def test_where_readers_may_not_add_nothing_offers_it(open_page: Open, tmp_path: Path) -> None:
    fill(tmp_path / "library", ARTICLE, OTHER)
    with serving(tmp_path / "library", **{"page.add": False}) as url:
        page = open_page(url)
        tab(page, "Library")
        page.wait_for_selector("#library-list .opens")
        assert page.locator("#add, [data-act=remove]").count() == 0
        page.evaluate("window.newsrag.act({ act: 'remove', id: 'ferry' })")  # as a page of one's own making could
        page.locator("[data-act=choose]").first.click()
        page.wait_for_selector("[data-act=choose][aria-pressed=true]")
        assert page.locator("#library-list li").count() == 2


def test_the_settings_reach_the_assistant_and_outlive_a_reload_but_for_the_day(serve: Serve, open_page: Open) -> None:
    assistant = playing(PAID)
    page = open_page(serve(assistant))
    tab(page, "Settings")
    choose(page, "#answer-language", "Spanish")
    page.locator("#depth label", has_text="Deep").click()
    page.fill("#as-of :is(input, textarea)", "soon")
    page.wait_for_selector("#settings-told .warning")
    page.fill("#as-of :is(input, textarea)", "2025-03-31")
    page.wait_for_selector("#settings-told .warning", state="detached")
    tab(page, "Ask")
    page.wait_for_selector(".wish-line:has-text('in Spanish, deep reading, as of 31 March 2025')")
    ask(page, "What do the dockers want?")
    settled(page)
    assert assistant.manner == Manner("es", Depth.DEEP)
    assert assistant.where.as_of is not None
    page.reload()
    settled(page)
    page.wait_for_selector(".wish-line:has-text('as of 31 March 2025')")  # the conversation's own day came back with it
    page.click("#new-chat")
    settled(page)
    page.goto(page.url.split("?")[0])
    page.wait_for_function("document.querySelector('.wish-line')?.textContent === 'Settings: in Spanish, deep reading'")
    ask(page, "And now?")
    settled(page)
    assert assistant.manner == Manner("es", Depth.DEEP)
    assert assistant.where == Filter()


def choose(page: Page, selector: str, words: str) -> None:
    """Choose an entry of one of Gradio's lists."""
    page.locator(f"{selector} input").click()
    page.locator(f"{selector} [role=option]", has_text=words).first.click()


def test_liked_answers_come_as_drafts_of_gold_questions(serve: Serve, open_page: Open) -> None:
    page = open_page(serve(playing(PAID)))
    ask(page, "What do the dockers want?")
    settled(page).locator("[data-act=like]").click()
    page.wait_for_selector("[data-act=like][aria-pressed=true]")
    lines = page.request.get(f"{page.url.split('?')[0]}api/feedback.jsonl").text().splitlines()
    (draft,) = [json.loads(line) for line in lines]
    assert draft["question"] == "What do the dockers want?"
    assert PAY in json.dumps(draft, ensure_ascii=False)


def test_a_page_finds_its_way_back_when_the_server_was_started_anew(open_page: Open, tmp_path: Path) -> None:
    fill(tmp_path / "library", ARTICLE)
    flags = {"page.port": free_port()}
    with serving(tmp_path / "library", **flags) as url:
        page = open_page(url, tolerated="ERR_")
        ask(page, "What do the dockers in Valparaíso want?")
        settled(page)
        page.wait_for_url(re.compile(r"\?c="))
        page.evaluate("window.isOld = true")
        page.fill("#question textarea", "Half a question")
    page.wait_for_selector("#lost:has-text('does not answer')")
    with serving(tmp_path / "library", **flags):
        until(page, lambda: page.evaluate("!window.isOld && !!document.querySelector('.turn.done')"))
        assert PAY in settled(page).locator(".answer").inner_text()
        page.wait_for_function("document.querySelector('#question textarea').value === 'Half a question'")
        ask(page, "And how many ships did the port handle in May?")
        assert "310 ships" in settled(page, 2).locator(".answer").inner_text()


def until(page: Page, is_so: Callable[[], bool], *, within_s: float = 60) -> None:
    """Wait for what a reload in between would break off."""
    end = time.monotonic() + within_s
    while time.monotonic() < end:
        try:
            if is_so():
                return
        except Exception:
            pass
        page.wait_for_timeout(500)
    raise AssertionError("it did not come to that")


def test_the_place_in_line_is_told(serve: Serve, open_page: Open) -> None:
    assistant = ScriptedAssistant(lambda _: events(PAID), hold_at=4)
    url = serve(assistant, config=page_config(**{"page.concurrency": 1}))
    first, second, third = (open_page(url) for _ in range(3))
    for page in (first, second, third):
        ask(page, "What do the dockers want?")
        page.wait_for_selector(".turn")
        page.wait_for_timeout(500)
    second.wait_for_selector("text=Waiting in line, place 1")
    third.wait_for_selector("text=Waiting in line, place 2")
    assistant.released.set()
    for page in (first, second, third):
        assert "12% more pay" in settled(page).locator(".answer").inner_text()


def test_on_a_phone_in_the_dark_a_conversation_is_renamed_exported_and_deleted(serve: Serve, open_page: Open) -> None:
    page = open_page(serve(playing(PAID)), width=360, height=740, color_scheme="dark")
    ask(page, "What do the dockers want?")
    settled(page)
    shelf(page)
    page.locator(".more summary").click()
    for act in ("[data-act=rename]", "a[href$='.md']", "a[href$='.json']", "[data-act=delete]"):
        spot = page.locator(f".more .menu {act}").bounding_box()
        assert spot is not None
        middle = [spot["x"] + spot["width"] / 2, spot["y"] + spot["height"] / 2]
        assert page.evaluate("([x, y]) => !!document.elementFromPoint(x, y)?.closest('.menu')", middle), act
    page.keyboard.press("Escape")
    assert page.evaluate("document.querySelector('.more[open]') === null")


def test_the_keyboard_alone_chooses_what_to_ask_and_changes_a_setting(serve: Serve, open_page: Open) -> None:
    assistant = playing(PAID, articles=(ARTICLE, OTHER))
    page = open_page(serve(assistant))
    reach(page, "document.activeElement.id === 'tab-library-button'")
    page.keyboard.press("Enter")
    page.wait_for_selector("#library-list [data-act=choose]:visible")
    reach(page, "document.activeElement.dataset.act === 'choose' && document.activeElement.dataset.id === 'ferry'")
    page.keyboard.press("Enter")
    page.wait_for_selector("[data-act=choose][data-id=ferry][aria-pressed=true]")
    reach(page, "document.activeElement.id === 'ask-these'")
    page.keyboard.press("Enter")
    page.wait_for_selector(".scope-line:has-text('1 chosen article')")
    reach(page, "document.activeElement.id === 'tab-settings-button'")
    page.keyboard.press("Enter")
    page.wait_for_selector("#depth:visible")
    reach(page, "document.activeElement.closest('#depth') !== null")
    page.keyboard.press("ArrowUp")
    page.wait_for_selector(".wish-line:has-text('quick reading')", state="attached")
    reach(page, "document.activeElement.id === 'tab-ask-button'")
    page.keyboard.press("Enter")
    reach(page, "document.activeElement.closest('#question') !== null")
    page.keyboard.type("How much is the ferry?")
    page.keyboard.press("Enter")
    settled(page)
    assert assistant.where == Filter(articles=("ferry",))
    assert assistant.manner == Manner("", Depth.QUICK)


def reach(page: Page, is_there: str) -> None:
    """Press the Tab key until the focus is where it is wanted: forwards, and round by the start of the page."""
    for _ in range(120):
        if page.evaluate(f"document.activeElement && ({is_there})"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"the focus never came to {is_there}")
