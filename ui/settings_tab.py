"""What a reader may choose for their own questions: who answers, and as of which day."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import Any

import gradio as gr

from rag.config import LlmConfig
from rag.llm.registry import PROVIDERS
from rag.llm.state import BackendState, Readiness, backend_state
from ui.backend import Backend
from ui.markup import text

WORDS = {
    Readiness.READY: "ready",
    Readiness.MISSING_KEY: "missing key",
    Readiness.MISSING_EXTRA: "package missing",
    Readiness.MISSING_MODEL: "model missing",
    Readiness.UNREACHABLE: "not reachable",
    Readiness.UNKNOWN: "unknown",
}
QUIET: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}


class SettingsTab:
    """Choices of one open page; they hold until it is reloaded, and never for another reader."""

    def __init__(self, backend: Backend) -> None:
        """Lay out the tab."""
        self._backend = backend
        configured = backend.config.llm.model
        with gr.Column(elem_classes="sheet"):
            gr.HTML("<h2>Settings</h2><p>For your own questions on this page.</p>")
            self.model = gr.Dropdown(
                [(configured, configured)], value=configured, label="Who answers", elem_id="model", interactive=True
            )
            self._states = gr.HTML("", elem_id="backends")
            self._look = gr.Button("Look which are ready", size="sm", elem_classes="quiet")
            self.as_of = gr.Textbox(
                label="As of (YYYY-MM-DD)",
                info="Hides articles published after that day; empty hides nothing.",
                elem_id="as-of",
                max_lines=1,
            )
            self._told = gr.HTML("", elem_id="settings-told")

    def wire(self, blocks: gr.Blocks) -> None:
        """Name the backends on arrival; whether the hosted ones answer is only looked at on demand, since it asks them."""
        blocks.load(self._greet, None, [self.model, self._states], queue=False, **QUIET)
        self._look.click(self._probe, [self.model], [self.model, self._states], **{**QUIET, "show_progress": "minimal"})
        self.as_of.change(self._check, [self.as_of], [self._told], queue=False, **QUIET)

    def _greet(self) -> tuple[Any, str]:
        local = [spec for spec in self._specs() if spec.partition(":")[0] in ("local", "extractive")]
        return self._listed([backend_state(spec, self._backend.config.llm) for spec in local])

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

    def _check(self, typed: str) -> str:
        try:
            day_of(typed)
        except ValueError:
            return f'<p role="alert" class="warning">{text(typed[:40])} is no day; write it like 2025-03-31.</p>'
        return ""


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


def day_of(typed: str) -> date | None:
    """Return the day that was typed, None where nothing was.

    Raises:
        ValueError: it is none.
    """
    return date.fromisoformat(typed.strip()) if typed.strip() else None
