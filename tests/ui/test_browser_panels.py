"""What stands around the chat, in a real browser: reader, conversations, library; small screens and no mouse."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from rag.types import Claim, Conflict, DateOrigin, Filter, Stated, Status, Verdict
from tests.ui.conftest import Listener, Open, Serve
from tests.ui.scripted import ARTICLE, PAID, PAY, answer, citation, page_config, playing, quote
from tests.ui.test_browser import CONTRAST, ask, box, hostile, settled
from tests.ui.test_server import fill
from ui.backend import Backend
from ui.examples import SEED_IDS
from ui.server import Server

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(240),
    pytest.mark.filterwarnings("ignore::pandas.errors.Pandas4Warning"),  # as in test_browser
]

OTHER = replace(
    ARTICLE,
    id="ferry",
    title="Ferry fares rise",
    publisher="Island Times",
    published=date(2024, 7, 9),
    published_from=DateOrigin.FEED,
    url="https://island.example/ferry",
    text="Ferry fares rise\n\nThe ferry to Halvik costs 14 crowns from July. Mayor Ingrid Solheim said the fare was fair.",
    flags=("opinion",),
)
BACKGROUND = " ".join(f"Paragraph {number} tells of the harbour." for number in range(400))
LONG = replace(ARTICLE, text=f"{ARTICLE.text}\n\n{BACKGROUND}\n\nIn the end 900 dockers voted for the strike.")
FAR = "In the end 900 dockers voted for the strike."
TWO = answer(
    [
        Claim("The dockers want 12% more pay.", Verdict.SUPPORTED, (1,), "every word"),
        Claim("900 of them voted for the strike.", Verdict.SUPPORTED, (2,), "every word"),
    ],
    [citation(1, PAY, article=LONG), citation(2, FAR, article=LONG)],
)


@pytest.fixture(scope="module")
def news(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a page over a small library."""
    path = tmp_path_factory.mktemp("library")
    fill(path, ARTICLE, OTHER)
    with Server(Backend(page_config(**{"library.path": str(path)}), may_stand_in=False)) as server:
        yield server.url


def tab(page: Page, name: str) -> None:
    page.locator("#tabs [role=tab]:visible", has_text=name).first.click()
    page.wait_for_selector(f"#tab-{name.lower()}:visible")


def shelf(page: Page) -> None:
    page.locator("#shelf .toggle-button").click()
    page.wait_for_selector("#shelf-search:visible")


def is_seen(page: Page, selector: str) -> bool:
    """Whether the middle of an element is inside the window and nothing covers it."""
    return bool(
        page.evaluate(
            """(selector) => {
              const one = document.querySelector(selector), spot = one.getClientRects()[0];
              const at = document.elementFromPoint(spot.x + spot.width / 2, spot.y + spot.height / 2);
              return one === at || one.contains(at);
            }""",
            selector,
        )
    )


def test_a_citation_opens_the_article_at_its_words_and_escape_comes_back(serve: Serve, open_page: Open) -> None:
    page = open_page(serve(playing(TWO, articles=(LONG,))))
    ask(page, "What do the dockers want?")
    turn = settled(page)
    chip = turn.locator(".chip").nth(1)
    chip.hover()
    tip = page.locator("#citation-tip")
    assert FAR in tip.inner_text()
    assert "Harbour Post · 3 March 2025" in tip.inner_text()
    chip.click()
    page.wait_for_selector("#reader-here")
    assert page.locator("#reader-here").inner_text() == FAR
    assert is_seen(page, "#reader-here")
    assert page.locator("#reader mark.also").inner_text() == PAY
    assert page.locator("#reader h2").inner_text() == LONG.title
    link = page.locator("#reader .reader-link a")
    assert link.get_attribute("href") == LONG.url
    assert link.get_attribute("rel") == "noopener noreferrer nofollow"
    assert box(page, "#reader")["x"] >= box(page, "#chat")["x"] + box(page, "#chat")["width"] - 1
    page.keyboard.press("Escape")
    page.wait_for_selector("#reader", state="hidden")
    assert page.evaluate("document.activeElement.getAttribute('aria-label')") == "Source 2: supported"


def test_a_hostile_article_is_only_text_in_the_reader_and_the_library(
    open_page: Open, listener: Listener, tmp_path: Path
) -> None:
    tricks = hostile(listener)
    article = replace(
        ARTICLE, text=f"{PAY}\n\n{tricks}", title=tricks[:150], publisher=tricks[:90], url=f"javascript:fetch('{listener.url}')"
    )
    fill(tmp_path / "library", article)
    with Server(Backend(page_config(**{"library.path": str(tmp_path / "library")}), may_stand_in=False)) as server:
        page = open_page(server.url)
        tab(page, "Library")
        page.locator("#library-list .opens").click()
        page.wait_for_selector(".reader-text")
        page.wait_for_timeout(500)
        assert "onerror=" in page.locator(".reader-text").inner_text()
        tags = ":is(img, video, iframe, script, style, form, base, meta, link, b, svg)"
        assert page.locator(f".reader-body {tags}, #library-list {tags}").count() == 0
        assert page.locator(".reader-body a").count() == 0
    assert listener.hits == []


def test_conversations_are_found_again_after_a_reload_and_are_nobody_elses(news: str, open_page: Open) -> None:
    mine, yours = open_page(news), open_page(news)
    ask(mine, "What do the dockers in Valparaíso want?")
    settled(mine)
    mine.wait_for_url(re.compile(r"\?c="))
    shelf(yours)
    assert "will stand here" in yours.locator("#shelf-list").inner_text()
    yours.goto(mine.url)
    yours.wait_for_selector("#hint .warning")
    assert yours.locator(".turn").count() == 0
    mine.reload()
    assert PAY in settled(mine).locator(".answer").inner_text()
    assert mine.locator("#chat .user-row").inner_text() == "What do the dockers in Valparaíso want?"
    shelf(mine)
    mine.locator(".more summary").click()
    mine.locator("[data-act=rename]").click()
    mine.locator("input.rename").fill("The strike")
    mine.keyboard.press("Enter")
    mine.wait_for_selector(".conversation .name:text-is('The strike')")
    mine.locator("#shelf-search :is(input, textarea)").fill("zebra")
    mine.wait_for_selector("text=No conversation holds these words")
    mine.locator("#shelf-search :is(input, textarea)").fill("dockers")
    mine.wait_for_selector(".conversation")
    mine.locator(".more summary").click()
    with mine.expect_download() as download:
        mine.locator(".menu a", has_text="Markdown").click()
    assert "12% more pay" in Path(download.value.path()).read_text(encoding="utf-8")
    mine.locator("[data-act=delete]").click()
    assert mine.locator("[data-act=delete]").inner_text() == "Delete for good?"
    mine.locator("[data-act=delete]").click()
    mine.wait_for_selector(".conversation", state="detached")
    assert mine.locator(".turn").count() == 0


def test_an_answer_is_judged_asked_again_changed_and_followed_up(serve: Serve, open_page: Open) -> None:
    assistant = playing(PAID)
    page = open_page(serve(assistant))
    ask(page, "First?")
    settled(page)
    ask(page, "Second?")
    settled(page, 2)
    page.locator("[data-turn='2'] [data-act=like]").click()
    page.wait_for_selector("[data-turn='2'] [data-act=like][aria-pressed=true]")
    page.locator("[data-turn='2'] [data-act=retry]").click()
    page.wait_for_selector("[data-turn='2'] [data-act=like][aria-pressed=false]")
    settled(page, 2)
    assert page.locator("#chat .user-row").all_inner_texts() == ["First?", "Second?"]
    page.locator("[data-turn='1'] [data-act=edit]").click()
    page.wait_for_selector("text=You are changing question 1")
    assert page.locator("#question textarea").input_value() == "First?"
    ask(page, "Other?")
    page.wait_for_function("document.querySelectorAll('#chat .user-row').length === 1")
    settled(page)
    assert page.locator("#chat .user-row").all_inner_texts() == ["Other?"]


def test_an_upload_is_told_of_item_by_item_and_can_be_asked_about_and_removed(
    news: str, open_page: Open, tmp_path: Path
) -> None:
    good, bad = tmp_path / "lighthouse.txt", tmp_path / "empty.txt"
    good.write_text("The lighthouse of Skarvik\n\nThe lighthouse of Skarvik has 212 steps. Keeper Olav Brekke said so.\n")
    bad.write_text("")
    page = open_page(news)
    tab(page, "Library")
    page.locator("#add .label-wrap").first.click()
    page.set_input_files("#upload input[type=file]", [str(good), str(bad)])
    page.wait_for_selector("text=Done:")
    told = page.locator("#add-results").inner_text()
    assert "1 added" in told
    assert "1 rejected" in told
    page.wait_for_selector("#library-list .opens:has-text('Skarvik')")
    tab(page, "Ask")
    ask(page, "How many steps does the lighthouse of Skarvik have?")
    turn = settled(page)
    assert "212" in turn.locator(".answer").inner_text()
    turn.locator(".chip").first.click()
    page.wait_for_selector("#reader-here")
    assert "212 steps" in page.locator("#reader-here").inner_text()
    page.keyboard.press("Escape")
    tab(page, "Library")
    row = page.locator(".articles li", has_text="Skarvik")
    row.locator("[data-act=remove]").click()
    assert row.count() == 1
    row.locator("[data-act=remove]").click()
    page.wait_for_function("!document.querySelector('#library-list').innerText.includes('Skarvik')")


def test_a_conversation_is_limited_to_what_is_chosen(serve: Serve, open_page: Open) -> None:
    assistant = playing(PAID, articles=(ARTICLE, OTHER))
    page = open_page(serve(assistant))
    tab(page, "Library")
    page.fill("#library-words :is(input, textarea)", "ferry")
    page.wait_for_function("document.querySelectorAll('#library-list li').length === 1")
    page.locator("[data-act=choose]").click()
    page.wait_for_selector("[data-act=choose][aria-pressed=true]")
    page.click("#ask-these")
    page.wait_for_selector(".scope-line:has-text('1 chosen article')")
    ask(page, "What do the dockers want?")
    settled(page)
    assert assistant.where == Filter(articles=("ferry",))
    page.click("[data-act=everything]")
    page.wait_for_selector(".scope-line", state="detached")
    ask(page, "And now?")
    settled(page, 2)
    assert assistant.where == Filter()


def test_articles_that_differ_stand_in_a_table_that_opens_them(serve: Serve, open_page: Open) -> None:
    stated = (
        Stated("12%", quote(PAY), ARTICLE.source),
        Stated("14 crowns", quote("The ferry to Halvik costs 14 crowns from July.", OTHER), OTHER.source),
    )
    page = open_page(serve(playing(replace(PAID, conflicts=(Conflict(stated),)), articles=(ARTICLE, OTHER))))
    ask(page, "How much?")
    table = settled(page).locator(".conflict")
    assert table.locator("tbody th").all_inner_texts() == ["12%", "14 crowns"]
    assert "9 July 2024" in table.inner_text()
    table.locator(".opens").nth(1).click()
    page.wait_for_selector("#reader-here:has-text('14 crowns')")
    assert page.locator("#reader .flags").inner_text() == "Opinion"
    assert "9 July 2024 (from the feed)" in page.locator(".reader-facts").inner_text()


def test_on_a_phone_the_reader_is_over_the_chat_and_no_tab_is_cut_off(news: str, open_page: Open) -> None:
    page = open_page(news, width=360, height=740)
    ask(page, "What do the dockers in Valparaíso want?")
    settled(page).locator(".chip").first.click()
    page.wait_for_selector("#reader-here")
    assert is_seen(page, "#reader-here")
    assert box(page, "#reader")["width"] == 360
    page.keyboard.press("Tab")
    assert page.evaluate("document.querySelector('#reader').contains(document.activeElement)")
    page.locator(".reader-close").click()
    page.wait_for_selector("#reader", state="hidden")
    for name in ("Library", "Evals", "Settings", "Ask"):
        tab(page, name)
        page.wait_for_timeout(300)
        assert page.evaluate("document.documentElement.scrollWidth") <= 360, name
        inside = "Math.max(...[...document.querySelectorAll('.tabitem *')].map((one) => one.getBoundingClientRect().right))"
        assert page.evaluate(inside) <= 360, name


def test_the_keyboard_alone_reads_an_article_and_changes_tabs(serve: Serve, open_page: Open) -> None:
    page = open_page(serve(playing(PAID)))
    page.keyboard.type("What do the dockers want?")
    page.keyboard.press("Enter")
    settled(page)
    for _ in range(40):
        page.keyboard.press("Shift+Tab")
        if page.evaluate("document.activeElement.classList.contains('chip')"):
            break
    page.keyboard.press("Enter")
    page.wait_for_selector("#reader-here")
    assert page.evaluate("document.activeElement.id") == "reader-here"
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.classList.contains('chip')")
    for _ in range(40):
        page.keyboard.press("Shift+Tab")
        if page.evaluate("document.activeElement.id") == "tab-library-button":
            break
    page.keyboard.press("Enter")
    page.wait_for_selector("#library-list .opens")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_serious_finding_of_an_accessibility_audit_and_enough_contrast_everywhere(
    scheme: str, serve: Serve, open_page: Open
) -> None:
    """Needs axe-core: `npm pack axe-core`, unpack it, and name its axe.min.js in NEWSRAG_TEST_AXE; without it only contrast."""
    left_open = answer([], [], Status.ABSTAINED, text="The articles do not answer this question.")
    assistant = playing(
        replace(PAID, conflicts=(Conflict((Stated("12%", quote(PAY), ARTICLE.source),) * 2),), as_of_note="Now.")
    )
    url = serve(assistant, ids=SEED_IDS)
    page = open_page(url, color_scheme=scheme, bypass_csp=True)
    axe = os.environ.get("NEWSRAG_TEST_AXE", "")
    if axe:
        page.add_script_tag(path=axe)
    assert audited(page, is_full=bool(axe)) == []
    ask(page, "What do the dockers want?")
    settled(page)
    assistant.script = lambda _: playing(left_open).script("")
    ask(page, "What else?")
    settled(page, 2).scroll_into_view_if_needed()
    page.locator("[data-turn='1'] .chip").first.click()
    page.wait_for_selector("#reader-here")
    assert audited(page, is_full=bool(axe)) == []
    page.keyboard.press("Escape")
    shelf(page)
    page.wait_for_selector(".conversation")
    assert audited(page, is_full=bool(axe)) == []
    page.locator("#shelf .toggle-button").click()
    for name in ("Library", "Evals", "Settings"):
        tab(page, name)
        page.wait_for_timeout(500)
        assert audited(page, is_full=bool(axe)) == [], name


def audited(page: Page, *, is_full: bool) -> list[Any]:
    """Return the serious findings of axe-core, and texts that do not stand out."""
    low = list(page.evaluate(CONTRAST))
    if not is_full:
        return low
    found = page.evaluate("axe.run()")["violations"]
    return low + [
        (one["id"], one["impact"], [node["html"][:160] for node in one["nodes"][:4]])
        for one in found
        if one["impact"] in ("serious", "critical")
    ]
