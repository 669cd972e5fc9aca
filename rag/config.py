"""The settings: one typed tree, from defaults < file < environment < flags.

A file is TOML with a table a section. An environment variable is `NEWSRAG_<SECTION>_<KEY>`. API keys are not settings: each
backend reads its own from the environment, and none is ever written.
"""

from __future__ import annotations

import hashlib
import json
import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal

import platformdirs
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from rag.errors import ConfigError

APP = "newsrag"
ENV_PREFIX = "NEWSRAG_"
ENV_FILE = "NEWSRAG_CONFIG"

Count = Annotated[int, Field(ge=1)]


def _split(value: object) -> object:
    """Return the words of a text, so that a list can stand in an environment variable: `a.example, b.example`."""
    return value.replace(",", " ").split() if isinstance(value, str) else value


Words = Annotated[tuple[str, ...], BeforeValidator(_split)]
# An address of several hosts has commas in it.
Addresses = Annotated[tuple[str, ...], BeforeValidator(lambda value: value.split() if isinstance(value, str) else value)]
Ports = Annotated[tuple[Annotated[int, Field(ge=1, le=65535)], ...], BeforeValidator(_split)]


class Section(BaseModel):
    """A table of settings: frozen, unknown keys refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=True)


class LibraryConfig(Section):
    """Where articles live."""

    path: Path = Field(
        default_factory=lambda: Path(platformdirs.user_data_dir(APP)) / "library",
        description="Folder of the library.",
    )
    store: str = Field(
        "",
        description="Server that holds the library instead: `postgresql://USER@HOST/DATABASE` or `qdrant://HOST:6333/NAME`; "
        "empty for the folder.",
    )
    replicas: Addresses = Field(
        (), description="Addresses of replicas of a PostgreSQL store, which searches go to; they may lag."
    )
    shards: int = Field(1, ge=1, le=1000, description="Shards of a new store in Qdrant.")
    replication: int = Field(1, ge=1, le=100, description="Servers that hold each shard of a new store in Qdrant.")


class ChunkConfig(Section):
    """How articles are cut into passages."""

    tokens: int = Field(200, ge=32, le=2000, description="Most cl100k tokens of text in a passage.")


class EmbedConfig(Section):
    """The embedding model."""

    model: str = Field(
        "sentence-transformers:all-MiniLM-L6-v2",
        description="`sentence-transformers:NAME_OR_FOLDER`, or `hash` (no model, for tests).",
    )
    runtime: Literal["auto", "openvino", "torch"] = Field(
        "auto", description="What runs the model; `auto` takes OpenVINO where it is installed and can."
    )
    precision: Literal["auto", "bf16", "fp32"] = Field(
        "auto", description="Numbers that it computes with; `auto` takes bf16 where the processor has it."
    )
    batch: int = Field(32, ge=1, le=1024, description="Most texts embedded at once.")
    threads: int = Field(0, ge=0, le=256, description="Processor threads; 0 for all cores.")


class SearchConfig(Section):
    """How passages are found. The weights were tuned with `rag bench retrieval`; its `--ablate` shows what each earns."""

    k: int = Field(8, ge=1, le=100, description="Passages that a search returns.")
    candidates: int = Field(80, ge=1, le=1000, description="Passages that each ranking proposes; half where there is one part.")
    split: bool = Field(True, description="Search for each sub-question of a question as well.")
    lexical_weight: float = Field(1.0, ge=0, le=10, description="Weight of words (BM25, the best of it counting 1).")
    dense_weight: float = Field(1.5, ge=0, le=10, description="Weight of meaning (cosine).")
    part_weight: float = Field(8.0, ge=0, le=100, description="Weight of a sub-question's words against the whole question's.")
    publisher_weight: float = Field(0.4, ge=0, le=10, description="Added for a publisher that the question names.")
    date_weight: float = Field(0.6, ge=0, le=10, description="Added for a day that the question names.")
    phrase_weight: float = Field(0.5, ge=0, le=10, description="Added for a phrase that the question quotes.")
    recency_weight: float = Field(0.1, ge=0, le=10, description="Most added for new articles when asked about the present.")
    recency_days: float = Field(14.0, gt=0, le=10_000, description="Age at which that has fallen to 37 %.")
    coverage: float = Field(0.6, ge=0, le=10, description="Taken off for matching a sub-question that has its passage.")
    variety: float = Field(0.3, ge=0, le=10, description="Taken off for wording like that of a passage before.")
    publisher_share: float = Field(0.2, ge=0, le=10, description="Taken off while another named publisher has no passage.")
    duplicate: float = Field(0.97, gt=0, le=1.01, description="Cosine from which on two passages count as one.")
    rerank: str = Field(
        "light",
        pattern=r"^(none|light|cross-encoder:.+)$",
        description="`light` (publisher, day, phrase, recency), `cross-encoder:NAME_OR_FOLDER` before these, or `none`.",
    )
    rerank_depth: int = Field(30, ge=1, le=1000, description="Passages that a cross-encoder looks at.")
    cache: int = Field(512, ge=0, le=100_000, description="Results that the page and the API keep to give again; 0 keeps none.")


class LlmConfig(Section):
    """The language model."""

    model: str = Field(
        "local:qwen2.5-coder-1.5b-instruct-q4_k_m",
        description="`PROVIDER:MODEL`; providers: local, openai, ollama, anthropic, extractive.",
    )
    base_url: str = Field("", description="Endpoint of `openai` or `ollama`; empty for the provider's own.")
    runtime: Literal["auto", "openvino", "llamacpp"] = Field("auto", description="What runs a `local` model.")
    threads: int = Field(0, ge=0, le=256, description="Processor threads of a `local` model; 0 for all cores.")
    context_tokens: int = Field(4096, ge=512, le=1_000_000, description="Window of a `local` model, in its own tokens.")
    max_tokens: int = Field(200, ge=1, le=8192, description="Longest reply.")
    temperature: float = Field(0.0, ge=0, le=2, description="0 always takes the likeliest word.")
    timeout_s: float = Field(60.0, gt=0, le=3600, description="Longest silence of a hosted model.")
    retries: int = Field(2, ge=0, le=10, description="Further tries after a transient error of a hosted model.")
    concurrency: int = Field(16, ge=1, le=1000, description="Calls to a hosted model under way at once; others wait.")
    trip_after: int = Field(6, ge=0, le=1000, description="Transient errors in a row that give a hosted model rest; 0 never.")
    rest_s: float = Field(30.0, gt=0, le=3600, description="How long it is not called then, before one call tries it again.")
    offline: bool = Field(False, description="Never contact a model hub when fetching a model.")


class AnswerConfig(Section):
    """How an answer is made."""

    passages: int = Field(16, ge=1, le=100, description="Passages whose sentences may go into the prompt.")
    evidence_tokens: int = Field(400, ge=50, le=100_000, description="Most cl100k tokens of sentences in the prompt.")
    extractive_score: float = Field(0.38, ge=0, le=1, description="Least match of what `extractive` answers with.")
    gate: bool = Field(True, description="Ask a local model first whether the passages hold the answer.")
    checker: str = Field(
        "words",
        pattern=r"^(words|llm|nli:.+)$",
        description="What checks each sentence: `words`, `nli:MODEL` (a cross-encoder as well), or `llm` (the model as well).",
    )
    gate_threshold: float = Field(
        0.0,
        ge=-50,
        le=50,
        description="Refuse when the log-odds that the articles answer, by the model's yes or no and the search, are below.",
    )
    cache: int = Field(256, ge=0, le=100_000, description="Answers that the page and the API keep to give again; 0 keeps none.")
    cache_s: float = Field(3600.0, gt=0, le=604_800, description="Longest time that an answer or a search is kept so.")


class IngestConfig(Section):
    """How files are read, and how much one may ask for."""

    workers: int = Field(0, ge=0, le=256, description="Processes that parse files; 0 for one a core.")
    file_mb: int = Field(20, ge=1, le=10_000, description="Largest document, and largest member of an archive, in MB.")
    memory_mb: int = Field(1024, ge=256, le=1_000_000, description="Most memory that parsing a file may take, in MB.")
    seconds: int = Field(30, ge=1, le=3600, description="Most processor time that parsing an article may take.")
    pages: int = Field(2000, ge=1, le=100_000, description="Most pages of a PDF.")
    archive_mb: int = Field(4000, ge=1, le=1_000_000, description="Most that the members of an archive may unpack to, in MB.")
    archive_members: int = Field(200_000, ge=1, le=10_000_000, description="Most members of an archive.")
    expansion: int = Field(200, ge=10, le=100_000, description="Most bytes that one compressed byte may unpack to.")
    queue: bool = Field(False, description="Leave articles to `rag worker` processes, where PostgreSQL holds the library.")


class QueueConfig(Section):
    """How articles reach the `rag worker` processes that store them."""

    articles: int = Field(32, ge=1, le=1000, description="Most articles of a job.")
    waiting: int = Field(256, ge=1, le=1_000_000, description="Jobs that may wait; `rag ingest` waits while there are so many.")
    concurrency: int = Field(2, ge=1, le=6, description="Jobs that a worker does at once.")
    attempts: int = Field(6, ge=1, le=100, description="How often a job is tried before it counts as failed.")
    backoff_s: float = Field(2.0, ge=0, le=3600, description="Wait before the second try; it doubles with each further one.")
    stalled_s: float = Field(60.0, ge=1, le=3600, description="Silence of a worker after which others take up its jobs.")


class PageConfig(Section):
    """The web page."""

    host: str = Field("127.0.0.1", description="Address to listen on.")
    port: int = Field(7860, ge=1, le=65535, description="Port to listen on.")
    concurrency: int = Field(4, ge=1, le=256, description="Questions answered at once.")
    queue: Count = Field(64, description="Questions that may wait.")
    person_concurrency: Count = Field(4, description="Questions of one person answered at once.")
    person_queue: Count = Field(16, description="Questions of one person that may wait.")
    questions_per_minute: int = Field(120, ge=0, le=100_000, description="Questions of one person a minute; 0 for no limit.")
    requests_per_minute: int = Field(1200, ge=0, le=1_000_000, description="Other requests of a program a minute; 0: no limit.")
    drain_s: float = Field(25.0, ge=0, le=3600, description="Longest time that SIGTERM lets answers under way go on.")
    answer_s: float = Field(300.0, gt=0, le=86_400, description="Longest time that an answer over HTTP may take.")
    body_mb: int = Field(20, ge=1, le=10_000, description="Largest request, in MB.")
    exposed: bool = Field(False, description="Let other machines open the page although it asks nobody for a password.")
    hosts: Words = Field((), description="Further names that the page answers to, such as that of a proxy before it.")
    add: bool = Field(True, description="Let readers add articles to the library, and remove them.")


class ApiConfig(Section):
    """What programs may do over HTTP."""

    enabled: bool = Field(True, description="Serve the endpoints for programs.")
    add: bool = Field(True, description="Let them add articles.")


class AuthConfig(Section):
    """Accounts. There are some as soon as `rag auth add NAME` made one; from then on nobody else is let in."""

    file: str = Field("", description="File of accounts and API keys; empty for `accounts.json` in the library's folder.")
    required: bool = Field(False, description="Let nobody in without an account, even while there is none.")
    session_h: float = Field(168.0, gt=0, le=8760, description="Hours that a login lasts.")


class TraceConfig(Section):
    """What is kept of answers, to replay and compare them."""

    keep: int = Field(500, ge=0, le=100_000, description="Most traces kept, in the library's folder; 0 keeps none.")


class FetchConfig(Section):
    """How pages are fetched from the web."""

    contact: str = Field(
        "",
        pattern=r"^[!-'*-~]*$",
        description="Whom a site's owner may write to: a `mailto:` or `https:` address, sent with every request.",
    )
    allow_hosts: Words = Field(
        (), description="Hosts, bare or as `host:port`, that may lie in a private network; all others there are refused."
    )
    allow_ports: Ports = Field((80, 443, 8080, 8443), description="Ports that may be connected to on any host.")
    robots: bool = Field(True, description="Obey robots.txt.")
    interval_s: float = Field(1.0, ge=0, le=3600, description="Least seconds between two requests to one host.")
    concurrency: int = Field(8, ge=1, le=64, description="Hosts asked at once.")
    connect_s: float = Field(10.0, gt=0, le=600, description="Longest wait for a connection.")
    read_s: float = Field(15.0, gt=0, le=600, description="Longest silence of a server.")
    total_s: float = Field(60.0, gt=0, le=3600, description="Longest time that one request may take in all.")
    max_bytes: int = Field(20_000_000, ge=1000, le=1_000_000_000, description="Most bytes of a page, as sent and as expanded.")
    redirects: int = Field(5, ge=0, le=20, description="Most redirects followed for one page.")
    retries: int = Field(2, ge=0, le=10, description="Further tries after a 429, a 5xx or a broken connection.")
    fresh_s: float = Field(3600.0, ge=0, description="A page of a list or feed read since is not asked for again.")


class WatchConfig(Section):
    """What `rag watch` follows."""

    feeds: Words = Field((), description="Addresses of RSS, Atom or JSON feeds, or of pages that name theirs.")
    sitemaps: Words = Field((), description="Addresses of sitemaps.")
    every_s: float = Field(900.0, ge=10, le=604_800, description="Seconds between two looks at a feed.")


class LogConfig(Section):
    """What is written of the work, on standard error."""

    format: Literal["text", "json"] = Field("text", description="Lines for a person, or an object of JSON a line.")
    level: Literal["debug", "info", "warning", "error"] = Field(
        "warning", description="Least level; `info` gives a line for each request, answer and ingest."
    )
    content: bool = Field(False, description="Write questions, answers and the messages of errors too.")


class TelemetryConfig(Section):
    """Traces for OpenTelemetry: a span for each stage of an answer, a search and an ingest."""

    endpoint: str = Field(
        "",
        pattern=r"^(https?://.+)?$",
        description="Collector that takes OTLP over HTTP, such as `http://host:4318`; empty: off.",
    )
    sample: float = Field(1.0, ge=0, le=1, description="Share of answers, searches and ingests that are told.")
    content: bool = Field(False, description="Tell questions and answers too.")


_WITHOUT_EFFECT: dict[str, Any] = {
    **dict.fromkeys(("library", "ingest", "queue", "page", "api", "auth", "trace", "fetch", "watch", "log", "telemetry"), True),
    "llm": {"concurrency", "trip_after", "rest_s"},
    "search": {"cache"},
    "answer": {"cache", "cache_s"},
}
"""The settings that cannot change an answer."""


class Config(Section):
    """All settings."""

    library: LibraryConfig = LibraryConfig()
    chunk: ChunkConfig = ChunkConfig()
    embed: EmbedConfig = EmbedConfig()
    search: SearchConfig = SearchConfig()
    llm: LlmConfig = LlmConfig()
    answer: AnswerConfig = AnswerConfig()
    ingest: IngestConfig = IngestConfig()
    queue: QueueConfig = QueueConfig()
    page: PageConfig = PageConfig()
    api: ApiConfig = ApiConfig()
    auth: AuthConfig = AuthConfig()
    trace: TraceConfig = TraceConfig()
    fetch: FetchConfig = FetchConfig()
    watch: WatchConfig = WatchConfig()
    log: LogConfig = LogConfig()
    telemetry: TelemetryConfig = TelemetryConfig()

    def digest(self) -> str:
        """Return 12 hex digits that change whenever a setting does that can change an answer."""
        tree = self.model_dump(mode="json", exclude=_WITHOUT_EFFECT)
        return hashlib.sha256(json.dumps(tree, sort_keys=True).encode()).hexdigest()[:12]


@dataclass(frozen=True, slots=True)
class Setting:
    """One resolved setting and where it came from: `default`, a file's path, an environment variable, or `flag`."""

    name: str
    value: Any
    origin: str
    description: str


@dataclass(frozen=True, slots=True)
class Resolved:
    """A configuration with the origin of each value."""

    config: Config
    settings: tuple[Setting, ...]

    def origin(self, name: str) -> str:
        """Return where the value of a dotted name came from."""
        return next(setting.origin for setting in self.settings if setting.name == name)


def models_dir() -> Path:
    """Return the folder that holds downloaded model weights; `NEWSRAG_MODELS` overrides it."""
    return Path(os.environ.get("NEWSRAG_MODELS") or Path(platformdirs.user_cache_dir(APP)) / "models")


def load_config(
    file: Path | None = None,
    *,
    flags: Mapping[str, Any] | None = None,
    env: Mapping[str, str] | None = None,
) -> Resolved:
    """Return the settings and the origin of each.

    Args:
        file: TOML file; None takes `NEWSRAG_CONFIG`, else `rag.toml` in the working folder, else none.
        flags: Dotted names to values; None values are skipped.
        env: Environment; None takes the process's own.

    Raises:
        ConfigError: unreadable file, unknown name (the nearest is named), or value out of bounds.
    """
    env = os.environ if env is None else env
    layers: list[tuple[str, dict[str, Any]]] = []
    path = file or (Path(env[ENV_FILE]) if env.get(ENV_FILE) else None)
    if path is None and Path("rag.toml").is_file():
        path = Path("rag.toml")
    if path is not None:
        layers.append((str(path), _read_file(path)))
    layers.extend((variable, {name: env[variable]}) for variable, name in _env_names(env).items())
    layers.append(("flag", {name: value for name, value in (flags or {}).items() if value is not None}))

    values: dict[str, Any] = {}
    origins: dict[str, str] = {}
    for origin, layer in layers:
        for name, value in layer.items():
            if name not in FIELDS:
                raise ConfigError(f"unknown setting {name!r} in {origin}{_nearest(name, FIELDS)}; `rag config show` lists all")
            values[name], origins[name] = value, origin

    tree: dict[str, dict[str, Any]] = {}
    for name, value in values.items():
        section, key = name.split(".")
        tree.setdefault(section, {})[key] = value
    try:
        config = Config.model_validate(tree)
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"])
        raise ConfigError(
            f"setting {name} = {first['input']!r} (from {origins.get(name, 'default')}): {first['msg']}; "
            "`rag config show` lists every setting"
        ) from None
    settings = tuple(
        Setting(name, getattr(getattr(config, name.split(".")[0]), name.split(".")[1]), origins.get(name, "default"), text)
        for name, text in FIELDS.items()
    )
    return Resolved(config, settings)


def _fields() -> dict[str, str]:
    """Return every dotted name with its description."""
    return {
        f"{section}.{key}": leaf.description or ""
        for section, info in Config.model_fields.items()
        for key, leaf in info.annotation.model_fields.items()  # type: ignore[union-attr]
    }


FIELDS = _fields()


def env_name(name: str) -> str:
    """Return the environment variable of a dotted name: `llm.model` -> `NEWSRAG_LLM_MODEL`."""
    return ENV_PREFIX + name.replace(".", "_").upper()


_OTHER_VARIABLES = {ENV_FILE, "NEWSRAG_MODELS"}


def _env_names(env: Mapping[str, str]) -> dict[str, str]:
    """Return {variable: dotted name} for the variables of ours that are set and not empty."""
    known = {env_name(name): name for name in FIELDS}
    found = {}
    for variable in sorted(env):
        if not variable.startswith(ENV_PREFIX) or variable in _OTHER_VARIABLES or not env[variable]:
            continue
        if variable not in known:
            raise ConfigError(f"unknown environment variable {variable!r}{_nearest(variable, known)}; unset it")
        found[variable] = known[variable]
    return found


def _read_file(path: Path) -> dict[str, Any]:
    """Return the dotted names that a TOML file sets."""
    try:
        tree = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"cannot read the configuration {str(path)!r}: {error.strerror}; check --config") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"the configuration {str(path)!r} is not TOML: {error}; mend that line") from None
    values: dict[str, Any] = {}
    for section, table in tree.items():
        if not isinstance(table, dict):
            raise ConfigError(f"unknown setting {section!r} in {path}{_nearest(section, FIELDS)}; settings stand in tables")
        values.update({f"{section}.{key}": value for key, value in table.items()})
    return values


def _nearest(name: str, known: Mapping[str, Any]) -> str:
    """Return `; did you mean 'x'?` or nothing."""
    close = get_close_matches(name, known, n=1, cutoff=0.5)
    return f"; did you mean {close[0]!r}?" if close else ""
