"""`rag models`: the weights of local models."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from rag.cli.common import ConfigOption, JsonOption, ProgressLine, print_json, resolve, say
from rag.config import models_dir
from rag.errors import ModelError
from rag.llm.models import MODELS, LocalModel, find_model
from rag.llm.weights import ModelState, glance, verify

app = typer.Typer(help="List, fetch and check the weights of local models.", no_args_is_help=True, rich_markup_mode=None)

NameArgument = Annotated[
    str | None, typer.Argument(help="Model, as `rag models list` shows it; by default the configured one.", metavar="MODEL")
]


@app.command("list")
def list_(as_json: JsonOption = False) -> None:
    """List the local models that are known, and which are there.

    Example: rag models list
    """
    rows = [
        {
            "name": model.name,
            "state": glance(model, models_dir()).value,
            "bytes": model.n_bytes,
            "licence": model.licence,
            "repository": model.repository,
            "file": model.file,
            "sha256": model.sha256,
        }
        for model in MODELS.values()
    ]
    if as_json:
        print_json({"directory": str(models_dir()), "models": rows})
        return
    for row in rows:
        print(f"{row['name']:40} {row['state']:8} {int(row['bytes']) / 1e9:.2f} GB  {row['licence']}  {row['repository']}")


@app.command()
def pull(name: NameArgument = None, config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """Fetch a model, or go on where an earlier fetch broke off, and check its SHA-256.

    Example: rag models pull qwen2.5-coder-1.5b-instruct-q4_k_m
    """
    from rag.llm.local import prepare
    from rag.llm.pull import pull as pull_model

    settings = resolve(config).config
    model = _model(name, settings.llm.model)
    if model is None:
        say(f"the configured model {settings.llm.model!r} is not a local one: nothing to fetch")
        return
    progress = _Bytes()
    try:
        file = pull_model(model, models_dir(), progress=progress, offline=settings.llm.offline)
    finally:
        progress.clear()
    prepare(model, settings.llm, say)
    if as_json:
        print_json({"name": model.name, "file": str(file), "sha256": model.sha256})
    else:
        print(file)


@app.command("verify")
def verify_(name: NameArgument = None, config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """Read a model's file and compare its SHA-256 with the publisher's. Exits 5 when it is not whole.

    Example: rag models verify
    """
    settings = resolve(config).config
    model = _model(name, settings.llm.model) or next(iter(MODELS.values()))
    state = verify(model, models_dir(), thorough=True)
    if as_json:
        print_json({"name": model.name, "state": state.value, "sha256": model.sha256})
    if state is not ModelState.OK:
        raise ModelError(f"the model {model.name!r} is {state}; type: rag models pull {model.name}")
    if not as_json:
        print(f"{model.name}: ok")


def _model(name: str | None, spec: str) -> LocalModel | None:
    """Return the model named, else the configured one where it is local."""
    if name is not None:
        return find_model(name)
    provider, _, configured = spec.partition(":")
    return find_model(configured) if provider == "local" else None


class _Bytes(ProgressLine):
    """Progress in megabytes; where standard error is no terminal, a line every tenth of the way."""

    def __init__(self) -> None:
        super().__init__()
        self._told = -1

    def __call__(self, done: int, total: int, label: str) -> None:
        """Show a bar, the megabytes and what is being done."""
        share = done / total if total else 0.0
        text = f"[{'#' * int(share * 30):30}] {done / 1e6:,.0f}/{total / 1e6:,.0f} MB {label}"
        if sys.stderr.isatty():
            self.tell(text)
        elif int(share * 10) > self._told:
            self._told = int(share * 10)
            say(text)
