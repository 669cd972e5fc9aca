"""The library on the page: find, read, add and remove articles, and ask only some of them."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from typing import Any

import gradio as gr
from gradio.components import Component

from rag.errors import EmptyLibraryError, NewsRagError
from rag.ingest import Rejected
from rag.ingest.formats.known import LISTED, SUFFIXES
from rag.types import ANY, Article, Filter, IngestItem, Source
from ui.adding import Pasted, added, fetched, followed, pasted, remove, uploaded
from ui.backend import Backend
from ui.bridge import pressed
from ui.library_list import PAGE, Facets, histogram_html, list_html, publishers_of, results_html, summary_html
from ui.markup import text
from ui.scope import scope_html
from ui.turn import BUG
from ui.wish import day_of

log = logging.getLogger(__name__)

QUIET: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
Updates = dict[Any, Any]


class LibraryTab:
    """The tab. `where` is what the conversation is limited to, all articles at first."""

    def __init__(self, backend: Backend) -> None:
        """Lay out the tab."""
        self._backend = backend
        self._may_add = backend.config.page.add
        self.where = gr.State(ANY)
        self._chosen = gr.State(frozenset())
        self._most = gr.State(PAGE)
        with gr.Column(elem_classes="sheet"):
            self._summary = gr.HTML("", elem_id="library-summary")
            self._histogram = gr.HTML("", elem_id="library-histogram")
            if self._may_add:
                self._lay_out_adding()
            with gr.Row(elem_id="facets"):
                self._words = gr.Textbox(label="Title or publisher", elem_id="library-words", max_lines=1)
                self._publishers = gr.Dropdown([], multiselect=True, label="Publishers", elem_id="library-publishers")
                self._first = gr.Textbox(label="From (YYYY-MM-DD)", elem_id="library-first", max_lines=1)
                self._last = gr.Textbox(label="To (YYYY-MM-DD)", elem_id="library-last", max_lines=1)
            with gr.Row(elem_id="library-acts"):
                self._ask_these = gr.Button("Ask only these", size="sm", elem_id="ask-these")
                self._forget = gr.Button("Choose none", size="sm", elem_classes="quiet")
            self._problem = gr.HTML("", elem_id="library-problem")
            self._list = gr.HTML("", elem_id="library-list")
            self._more = gr.Button("Show more", size="sm", visible=False, elem_id="library-more")

    def _lay_out_adding(self) -> None:
        with gr.Accordion("Add articles", open=False, elem_id="add") as self._add:
            with gr.Tabs(elem_id="add-ways"):
                with gr.Tab("Files", elem_id="add-files"):
                    self._files = gr.File(
                        label="Files",
                        show_label=False,
                        file_count="multiple",
                        file_types=list(SUFFIXES),
                        elem_id="upload",
                        height=140,
                    )
                    gr.HTML(f'<p class="aside">Several at once, {text(LISTED)}.</p>')
                with gr.Tab("From the web", elem_id="add-web"):
                    self._addresses = gr.Textbox(
                        label="Addresses of articles, one a line", lines=3, max_lines=12, elem_id="web-addresses"
                    )
                    self._fetch = gr.Button("Add these pages", size="sm", elem_id="web-add")
                    self._feeds = gr.Textbox(
                        label="Feeds (RSS, Atom, JSON), one a line", lines=2, max_lines=6, elem_id="feed-addresses"
                    )
                    self._follow = gr.Button("Add what they hold", size="sm", elem_id="feed-add")
                with gr.Tab("Paste", elem_id="add-paste"):
                    self._text = gr.Textbox(label="Text", lines=6, max_lines=16, elem_id="paste-text")
                    with gr.Row():
                        self._title = gr.Textbox(label="Title", max_lines=1, elem_id="paste-title")
                        self._publisher = gr.Textbox(label="Publisher", max_lines=1, elem_id="paste-publisher")
                        self._day = gr.Textbox(label="Published (YYYY-MM-DD)", max_lines=1, elem_id="paste-day")
                        self._url = gr.Textbox(label="Address", max_lines=1, elem_id="paste-url")
                    self._paste = gr.Button("Add this article", size="sm", elem_id="paste-add")
            self._results = gr.HTML("", elem_id="add-results")

    def wire(self, blocks: gr.Blocks, bridge: gr.HTML, scope: gr.HTML, tabs: gr.Tabs) -> None:
        """Connect the tab; `scope` is the line above the question box that says what the conversation is limited to."""
        facets = [self._words, self._publishers, self._first, self._last]
        asked = [*facets, self._chosen, self._most]
        shown = [self._summary, self._histogram, self._list, self._more, self._problem]
        listed: dict[str, Any] = {"fn": self._show, "inputs": asked, "outputs": shown, "queue": False, **QUIET}
        opened = [self._add] if self._may_add else []
        blocks.load(self._arrive, None, [self._publishers, *shown, *opened], queue=False, **QUIET)
        for changed in (self._words.change, self._publishers.change, self._first.change, self._last.change):
            changed(lambda: PAGE, None, [self._most], queue=False, **QUIET).then(**listed)
        self._more.click(lambda most: most + PAGE, [self._most], [self._most], queue=False, **QUIET).then(**listed)
        self._forget.click(lambda: frozenset(), None, [self._chosen], queue=False, **QUIET).then(**listed)
        bridge.click(self._act, asked, [self._chosen, *shown, self.where, scope], queue=False, **QUIET)
        self._ask_these.click(
            self._limit, [*facets, self._chosen], [self.where, scope, tabs, self._problem], queue=False, **QUIET
        )
        if self._may_add:
            self._wire_adding(asked, shown)

    def _wire_adding(self, asked: list[Component], shown: list[Component]) -> None:
        adding: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden", "concurrency_id": "add"}
        results = [self._results, self._files]
        for begun in (
            self._files.upload(self._upload, [self._files], results, **adding),
            self._fetch.click(self._add_fetched, [self._addresses], results, **adding),
            self._follow.click(self._add_followed, [self._feeds], results, **adding),
            self._paste.click(
                self._add_pasted, [self._text, self._title, self._publisher, self._day, self._url], results, **adding
            ),
        ):
            begun.then(self._refresh, asked, [self._publishers, *shown], queue=False, **QUIET)

    def _sources(self) -> list[Source]:
        try:
            return self._backend.assistant().library.sources()
        except EmptyLibraryError:
            return []

    def _arrive(self) -> Updates:
        """Show all articles; where there are none, show how to add some."""
        updates = self._refresh("", [], "", "", frozenset(), PAGE)
        if self._may_add and self._summary in updates and not self._sources():
            updates[self._add] = gr.Accordion(open=True)
        return updates

    def _refresh(self, words: str, publishers: list[str], first: str, last: str, chosen: frozenset[str], most: int) -> Updates:
        """Show the list and the publishers that there are now."""
        updates = self._show(words, publishers, first, last, chosen, most)
        try:
            return {**updates, self._publishers: gr.Dropdown(publishers_of(self._sources()))}
        except NewsRagError:
            return updates

    def _show(self, words: str, publishers: list[str], first: str, last: str, chosen: frozenset[str], most: int) -> Updates:
        """Show the articles that the facets admit."""
        try:
            facets = facets_of(words, publishers, first, last)
            sources = self._sources()
        except (ValueError, NewsRagError) as error:
            return {self._problem: f'<p role="alert" class="warning">{text(str(error))}</p>'}
        found = [source for source in sources if facets.admits(source)]
        return {
            self._summary: summary_html(found, len(sources)),
            self._histogram: histogram_html(found),
            self._list: list_html(found, chosen, most, may_remove=self._may_add),
            self._more: gr.Button(visible=len(found) > most),
            self._problem: "",
        }

    def _act(
        self,
        words: str,
        publishers: list[str],
        first: str,
        last: str,
        chosen: frozenset[str],
        most: int,
        event: gr.EventData,
    ) -> Updates:
        """Choose or remove an article, or take the limits of the conversation away."""
        what = pressed(event)
        act, id_ = what.get("act", ""), what.get("id", "")
        if act == "everything":
            return {self.where: ANY, self._list: gr.skip()}
        if act == "choose":
            chosen = chosen ^ {id_}
        elif act == "remove" and self._may_add:
            chosen -= {id_}
            try:
                remove(self._backend, id_)
            except NewsRagError as error:
                return {self._problem: f'<p role="alert" class="warning">{text(str(error))}</p>'}
        else:
            return {self._problem: gr.skip()}
        return {self._chosen: chosen, **self._show(words, publishers, first, last, chosen, most)}

    def _limit(
        self, words: str, publishers: list[str], first: str, last: str, chosen: frozenset[str]
    ) -> tuple[Any, Any, Any, Any]:
        """Limit the conversation to what is chosen, else to what the facets admit."""
        try:
            where = self._limited(facets_of(words, publishers, first, last), chosen)
        except (ValueError, NewsRagError) as error:
            return gr.skip(), gr.skip(), gr.skip(), f'<p role="alert" class="warning">{text(str(error))}</p>'
        return where, scope_html(where), gr.Tabs(selected="ask"), ""

    def _limited(self, facets: Facets, chosen: frozenset[str]) -> Filter:
        if chosen or not facets.words.strip():
            return facets.where(chosen)
        return facets.where({source.article_id for source in self._sources() if facets.admits(source)})

    def _upload(self, paths: list[str] | None) -> Iterator[tuple[str, Any]]:
        yield from self._added(uploaded(paths or [], self._backend.config.ingest))

    def _add_fetched(self, addresses: str) -> Iterator[tuple[str, Any]]:
        yield from self._added(fetched(self._backend, addresses))

    def _add_followed(self, addresses: str) -> Iterator[tuple[str, Any]]:
        yield from self._added(followed(self._backend, addresses))

    def _add_pasted(self, body: str, title: str, publisher: str, day: str, url: str) -> Iterator[tuple[str, Any]]:
        yield from self._added(pasted(Pasted(body, title, publisher, day, url)))

    def _added(self, articles: Iterable[Article | Rejected]) -> Iterator[tuple[str, Any]]:
        """Yield what became of the articles so far, and at the end an empty box for files."""
        items: list[IngestItem] = []
        problem = ""
        yield results_html(items, is_done=False), gr.skip()
        try:
            for item in added(self._backend, articles):
                items.append(item)
                yield results_html(items, is_done=False), gr.skip()
        except NewsRagError as error:
            problem = str(error)
        except Exception:
            log.exception("articles could not be added")
            problem = BUG
        yield results_html(items, is_done=True, problem=problem), None


def facets_of(words: str, publishers: list[str] | None, first: str, last: str) -> Facets:
    """Return what was typed as facets.

    Raises:
        ValueError: a day that is none.
    """
    return Facets(words or "", tuple(publishers or ()), day_of(first or ""), day_of(last or ""))
