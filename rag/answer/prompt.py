"""Prompts: templates from `prompts/`, filled with a question and its evidence."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import yaml

from rag.answer.evidence import Evidence, Part
from rag.answer.injection import speaks_to_a_machine
from rag.converse.wording import ENGLISH, wording_for
from rag.errors import ConfigError
from rag.retrieve.parts import parts

_FRONT_MATTER = re.compile(r"---\n(.*?)\n---\n(.*)", re.DOTALL)
_VARIABLE = re.compile(r"\{\{(\w+)\}\}")


@dataclass(frozen=True, slots=True)
class Template:
    """A prompt template of `prompts/`: text with {{variables}}, all of them declared."""

    id: str
    version: int
    variables: frozenset[str]
    text: str

    def fill(self, values: Mapping[str, str]) -> str:
        """Return the text with its variables replaced, in one pass: a value that looks like a variable stays as it is."""
        return _VARIABLE.sub(lambda variable: values[variable.group(1)], self.text)

    @property
    def stamp(self) -> str:
        """Id and version: `answer/1`."""
        return f"{self.id}/{self.version}"


@dataclass(frozen=True, slots=True)
class Prompts:
    """The prompts of one question. `gate` and `answer` begin with the same `sources`, so that a model reads those once.

    `language` is the line of `answer` that says which language to write; empty where that goes without saying. `searched` is
    what the evidence alone adds to the log-odds that it holds the answer, for a model that is asked whether it does.
    """

    gate: str
    answer: str
    version: str
    sources: str = ""
    language: str = ""
    searched: float = 0.0


def build_prompts(question: str, evidence: Evidence, language: str = "") -> Prompts:
    """Return the prompts for a question and its numbered sources.

    Args:
        language: Code of the language to answer in; empty for that of the question.
    """
    sources, gate, answer = (load_template(name) for name in ("sources", "gate", "answer"))
    listed = "\n\n".join(f"{_header(part)}\n{part.text}" for part in evidence.parts)
    head = sources.fill({"boundary": boundary_of(listed), "sources": listed})
    values = {"sources": head, "question": question}
    further: list[tuple[Template, dict[str, str]]] = []
    if len(parts(question)) > 1:
        further.append((load_template("parts"), {}))
    wording = wording_for(question, language)
    if language or wording is not ENGLISH:  # an English question needs no word on it
        further.append((load_template("language"), {"language": wording.name}))
    told = {template.id: template.fill(filled) for template, filled in further}
    more = "".join(f" {line}" for line in told.values())
    version = " ".join(template.stamp for template in (sources, gate, answer, *(template for template, _ in further)))
    return Prompts(gate.fill(values), answer.fill({**values, "more": more}), version, head, told.get("language", ""))


@cache
def load_template(name: str) -> Template:
    """Return a template by the name of its file.

    Raises:
        ConfigError: no such file, or its front matter and its variables do not agree.
    """
    file = files("prompts") / f"{name}.md"
    try:
        match = _FRONT_MATTER.fullmatch(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ConfigError(f"there is no prompt {name!r} in prompts/; reinstall newsrag") from None
    if match is None:
        raise ConfigError(f"prompts/{name}.md has no front matter; it begins with id, version and variables between --- lines")
    front = yaml.safe_load(match.group(1))
    text = match.group(2).rstrip("\n")
    declared, used = frozenset(front["variables"]), frozenset(_VARIABLE.findall(text))
    if declared != used:
        raise ConfigError(f"prompts/{name}.md declares {sorted(declared)} and uses {sorted(used)}; make them agree")
    return Template(front["id"], int(front["version"]), declared, text)


def _header(part: Part) -> str:
    """Return the number of a source with its publisher, day and title, as far as they are known."""
    source = part.source
    day = f"{source.published:%-d %B %Y}" if source.published else ""
    head = ", ".join(text for text in (source.publisher, day) if text)
    title = "" if speaks_to_a_machine(source.title) else source.title
    return f"[{part.number}] {': '.join(text for text in (head, title) if text)}".rstrip()


def boundary_of(text: str) -> str:
    """Return a line that an untrusted text cannot hold: it is made of a digest of it all, which nobody can foretell."""
    return f"=== {hashlib.sha256(text.encode('utf-8', 'surrogatepass')).hexdigest()[:8]} ==="
