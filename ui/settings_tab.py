"""What a reader may choose for their own questions: who answers, in which language, from how much, as of which day."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import gradio as gr
from gradio.components import Component

from rag.config import LlmConfig
from rag.llm.registry import PROVIDERS
from rag.llm.state import BackendState, Readiness, backend_state
from rag.manner import LANGUAGES, Depth
from ui.backend import Backend
from ui.markup import text
from ui.wish import DEPTHS, wish_html, wish_of

WORDS = {
    Readiness.READY: "ready",
    Readiness.MISSING_KEY: "missing key",
    Readiness.MISSING_EXTRA: "package missing",
    Readiness.MISSING_MODEL: "model missing",
    Readiness.UNREACHABLE: "not reachable",
    Readiness.UNKNOWN: "unknown",
}
QUIET: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
Updates = dict[Any, Any]


def kept_settings() -> gr.BrowserState:
    """Return what keeps the choices in the browser; outside of all tabs, since what is in one is read once it is opened."""
    return gr.BrowserState({}, storage_key="newsrag-settings", secret="newsrag")  # no secret: so that it outlives the server


class SettingsTab:
    """Choices for one's own questions. The browser keeps them but for the day, which would hide articles unnoticed."""

    def __init__(self, backend: Backend, kept: gr.BrowserState) -> None:
        """Lay out the tab; `kept` is what the browser keeps of it."""
        self._backend = backend
        self._kept = kept
        configured = backend.config.llm.model
        with gr.Column(elem_classes="sheet"):
            gr.HTML("<h2>Settings</h2><p>For your own questions, in this browser.</p>")
            self.model = gr.Dropdown(
                [(configured, configured)], value=configured, label="Who answers", elem_id="model", interactive=True
            )
            self.language = gr.Dropdown(
                [("As the question is written", ""), *((name, code) for code, name in LANGUAGES.items())],
                value="",
                label="Language of answers",
                info="Quotes stay in the language of their articles, and so do answers without a language model.",
                elem_id="answer-language",
                interactive=True,
            )
            self.depth = gr.Radio(
                [(words, depth.value) for depth, words in DEPTHS.items()],
                value=Depth.NORMAL.value,
                label="Depth of evidence",
                elem_id="depth",
                interactive=True,
            )
            self.as_of = gr.Textbox(
                label="As of (YYYY-MM-DD)",
                info="Hides articles published after that day; empty hides nothing.",
                elem_id="as-of",
                max_lines=1,
            )
            self._told = gr.HTML("", elem_id="settings-told")
            self._states = gr.HTML("", elem_id="backends")
            self._look = gr.Button("Look which are ready", size="sm", elem_classes="quiet", elem_id="look")

    @property
    def inputs(self) -> list[Component]:
        """The components that hold what was chosen, in the order of `ui.wish.wish_of`."""
        return [self.model, self.as_of, self.language, self.depth]

    def wire(self, blocks: gr.Blocks, wished: gr.HTML) -> None:
        """Name the backends on arrival; whether the hosted ones answer is only looked at on demand, since it asks them.

        Args:
            wished: The line above the question box that says what the settings change.
        """
        arrived = [self.model, self.language, self.depth, self._states]
        blocks.load(self._greet, [self._kept], arrived, queue=False, **QUIET)
        self._look.click(self._probe, [self.model], [self.model, self._states], **{**QUIET, "show_progress": "minimal"})
        for component in (self.model, self.as_of, self.language, self.depth):
            component.change(self._tell, self.inputs, [self._told, wished], queue=False, **QUIET)
        for chosen in (self.model, self.language, self.depth):
            chosen.input(self._keep, [self.model, self.language, self.depth], [self._kept], queue=False, **QUIET)

    def _greet(self, kept: Any) -> Updates:
        """Return the choices as the browser kept them, as far as they are still among those there are."""
        local = [spec for spec in self._specs() if spec.partition(":")[0] in ("local", "extractive")]
        model, states = self._listed([backend_state(spec, self._backend.config.llm) for spec in local])
        chosen = kept if isinstance(kept, dict) else {}
        updates: Updates = {self.model: model, self._states: states}
        if chosen.get("model") in self._specs():
            updates[self.model] = gr.Dropdown(choices=model.choices, value=chosen["model"])
        if chosen.get("language") in LANGUAGES:
            updates[self.language] = chosen["language"]
        if chosen.get("depth") in tuple(Depth):
            updates[self.depth] = chosen["depth"]
        return updates

    def _keep(self, model: str | None, language: str | None, depth: str | None) -> dict[str, str]:
        return {"model": model or "", "language": language or "", "depth": depth or ""}

    def _tell(self, *settings: Any) -> tuple[str, str]:
        """Say what is wrong with the settings, and what they change."""
        try:
            return "", wish_html(wish_of(*settings), configured=self._backend.config.llm.model)
        except ValueError as error:
            return f'<p role="alert" class="warning">{text(str(error))}</p>', ""

    def _probe(self, chosen: str) -> tuple[Any, str]:
        """Ask every backend for its state, all at once: one that does not answer takes seconds."""
        return self._listed(states_of(list(dict.fromkeys([*self._specs(), chosen])), self._backend.config.llm))

    def _listed(self, states: Sequence[BackendState]) -> tuple[Any, str]:
        known = {state.spec: state for state in states}
        choices = [(f"{spec} ({WORDS[known[spec].readiness]})" if spec in known else spec, spec) for spec in self._specs()]
        return gr.Dropdown(choices), states_html(states)

    def _specs(self) -> list[str]:
        """Return the configured backend and a usual one of each provider."""
        return list(dict.fromkeys([self._backend.config.llm.model, *(one.example for one in PROVIDERS.values())]))


def states_of(specs: Sequence[str], config: LlmConfig) -> list[BackendState]:
    """Return the state of each backend, in order."""
    with ThreadPoolExecutor(max_workers=8) as pool:
        return list(pool.map(lambda spec: backend_state(spec, config), specs))


def states_html(states: Sequence[BackendState]) -> str:
    """Return a line a backend: whether it is ready, why not, and what to type."""
    rows = "".join(
        f'<tr class="{"ready" if state.is_ready else "lacking"}"><th scope="row"><code>{text(state.spec)}</code></th>'
        f"<td>{WORDS[state.readiness]}</td><td>{text(state.detail)}"
        f"{f'<br><code>{text(state.command)}</code>' if state.command else ''}</td></tr>"
        for state in states
    )
    head = '<thead><tr><th scope="col">Model</th><th scope="col">State</th><th scope="col">Why</th></tr></thead>'
    return f"<table><caption>Backends</caption>{head}<tbody>{rows}</tbody></table>" if rows else ""
