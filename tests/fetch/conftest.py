"""Fixtures for what is fetched: a server that misbehaves, settings that allow it, and one set of parsers."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from rag.config import Config, load_config
from rag.fetch.fetcher import Fetcher
from rag.fetch.listing import ListingReader
from rag.ingest.sandbox import Sandbox
from tests.fetch.site import Site


@pytest.fixture
def site() -> Iterator[Site]:
    """A server without any page."""
    made = Site()
    yield made
    made.close()


@pytest.fixture
def settings(site: Site) -> Config:
    """Settings that allow the site under its address and two names, and ask it as fast as it answers."""
    flags = {
        "fetch.allow_hosts": [site.netloc, f"paper.example:{site.port}", f"other.example:{site.port}"],
        "fetch.interval_s": 0,
        "fetch.connect_s": 1,
        "fetch.read_s": 0.4,
        "fetch.total_s": 1,
        "fetch.max_bytes": 100_000,
        "ingest.workers": 1,
    }
    return load_config(flags=flags, env={}).config


@pytest.fixture
def fetcher(settings: Config) -> Fetcher:
    """A fetcher for which every name is this machine."""
    return Fetcher(settings.fetch, resolver=lambda _host, _port: ["127.0.0.1"])


@pytest.fixture(scope="session")
def listings() -> Iterator[ListingReader]:
    """A process for all tests that reads feeds and sitemaps."""
    with ListingReader() as made:
        yield made


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Sandbox]:
    """Workers for all tests: each takes a second to start."""
    with Sandbox() as made:
        yield made
