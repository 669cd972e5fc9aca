"""What a site's robots.txt lets us fetch."""

from __future__ import annotations

import pytest

from rag.fetch.connect import NotAllowedError
from rag.fetch.fetcher import Fetcher
from rag.fetch.robots import DAY_S, MAX_DELAY_S, RETRY_S, Found, Rules, read_rules
from rag.fetch.url import Target, parse_url
from tests.fetch.site import Reply, Site


def target(fetcher: Fetcher, site: Site, path: str) -> Target:
    return parse_url(site.url(path), allowed=fetcher.allowed)


def rules_of(fetcher: Fetcher, site: Site, answer: Reply | None, known: Rules | None = None, *, now: float = 1000.0) -> Rules:
    """Return the rules that a fetcher reads of a site's answer; None is a closed connection."""
    site.answers["/robots.txt"] = answer or (lambda handler: setattr(handler, "close_connection", True))
    return read_rules(fetcher, f"http://{site.netloc}", known, clock=lambda: now)


def test_rules_are_obeyed_for_our_name_before_those_for_all(site: Site, fetcher: Fetcher) -> None:
    text = b"User-agent: *\nDisallow: /\n\nUser-agent: newsrag\nDisallow: /private\nAllow: /private/open\nCrawl-delay: 7\n"
    rules = rules_of(fetcher, site, Reply(text, type="text/plain"))

    assert rules.refusal(target(fetcher, site, "/news")) == ""
    assert "asks not to fetch" in rules.refusal(target(fetcher, site, "/private/x"))
    assert rules.refusal(target(fetcher, site, "/private/open")) == ""
    assert rules.delay_s == 7
    assert rules.holds_until == 1000 + DAY_S


@pytest.mark.parametrize(
    ("text", "delay_s"), [("Crawl-delay: 9999", MAX_DELAY_S), ("Request-rate: 1/5", 5), ("Crawl-delay: x", 0), ("", 0)]
)
def test_the_pause_asked_for_is_kept_within_reason(site: Site, fetcher: Fetcher, text: str, delay_s: float) -> None:
    assert rules_of(fetcher, site, Reply(f"User-agent: *\n{text}\n".encode())).delay_s == delay_s


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410])
def test_a_site_without_rules_lets_everything_be_fetched(site: Site, fetcher: Fetcher, status: int) -> None:
    assert rules_of(fetcher, site, Reply(b"User-agent: *\nDisallow: /", status)).refusal(target(fetcher, site, "/x")) == ""


@pytest.mark.parametrize("answer", [Reply(b"", 500), Reply(b"", 503), Reply(b"", 429), Reply(b"x" * 600_000), None])
def test_a_site_whose_rules_cannot_be_read_lets_nothing_be_fetched(site: Site, fetcher: Fetcher, answer: Reply | None) -> None:
    rules = rules_of(fetcher, site, answer)

    assert rules.found is Found.UNREACHABLE
    assert "cannot be read" in rules.refusal(target(fetcher, site, "/x"))
    assert rules.holds_until == 1000 + RETRY_S


def test_known_rules_stand_in_for_thirty_days(site: Site, fetcher: Fetcher) -> None:
    known = rules_of(fetcher, site, Reply(b"User-agent: *\nDisallow: /x"), now=0)

    later = rules_of(fetcher, site, Reply(b"", 500), known, now=29 * DAY_S)
    too_late = rules_of(fetcher, site, Reply(b"", 500), later, now=31 * DAY_S)

    assert later.refusal(target(fetcher, site, "/x"))
    assert later.refusal(target(fetcher, site, "/y")) == ""
    assert too_late.found is Found.UNREACHABLE


def test_redirects_are_followed_five_times_and_never_inwards(site: Site, fetcher: Fetcher) -> None:
    site.answers["/there"] = b"User-agent: *\nDisallow: /x"
    assert rules_of(fetcher, site, Reply(b"", 301, {"Location": "/there"})).refusal(target(fetcher, site, "/x"))
    assert rules_of(fetcher, site, Reply(b"", 301, {"Location": "/robots.txt"})).found is Found.NONE
    with pytest.raises(NotAllowedError):
        rules_of(fetcher, site, Reply(b"", 301, {"Location": "http://127.0.0.2/robots.txt"}))
