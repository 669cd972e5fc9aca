"""Many requests, politely."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Iterator
from email.utils import formatdate
from itertools import pairwise

import pytest

from rag.config import Config
from rag.errors import InputError
from rag.fetch.crawl import Crawl, Fetched, Job, RobotsError, TooBusyError, retry_after
from rag.fetch.fetcher import Fetcher, FetchError, Response
from rag.fetch.url import Target, parse_url
from rag.fetch.visits import Visits
from tests.fetch.site import Answer, Handler, Reply, Site

LOOPBACK = lambda _host, _port: ["127.0.0.1"]  # noqa: E731


@pytest.fixture
def visits() -> Iterator[Visits]:
    with Visits.in_memory() as made:
        yield made


def fetch(settings: Config, visits: Visits, urls: Iterable[str], **changed: object) -> dict[str, Fetched]:
    """Return what became of each URL."""
    fetcher = Fetcher(settings.fetch.model_copy(update=changed), resolver=LOOPBACK)
    jobs = [Job(url, parse_url(url, allowed=fetcher.allowed)) for url in urls]
    return {fetched.job.url: fetched for fetched in Crawl(fetcher, visits).run(jobs)}


def status(fetched: Fetched) -> int:
    assert isinstance(fetched.outcome, Response), fetched.outcome
    return fetched.outcome.status


def in_turn(*answers: Answer) -> Answer:
    """Return an answer that is another each time, and then stays the last."""
    left = list(answers)

    def answer(handler: Handler) -> Reply | bytes | None:
        found = left.pop(0) if len(left) > 1 else left[0]
        return found(handler) if callable(found) else found

    return answer


def test_robots_is_asked_once_and_what_it_forbids_is_never_asked_for(site: Site, settings: Config, visits: Visits) -> None:
    site.answers |= {"/robots.txt": b"User-agent: *\nDisallow: /no", "/a": b"a", "/b": b"b", "/no/c": b"c"}

    found = fetch(settings, visits, [site.url("/a"), site.url("/no/c"), site.url("/b")])

    assert [asked.path for asked in site.asked] == ["/robots.txt", "/a", "/b"]
    assert isinstance(found[site.url("/no/c")].outcome, RobotsError)
    fetch(settings, visits, [site.url("/a")])
    assert [asked.path for asked in site.asked].count("/robots.txt") == 1  # remembered from the first run


def test_a_host_is_asked_for_one_page_at_a_time_with_a_pause(site: Site, settings: Config, visits: Visits) -> None:
    site.answers |= {"/robots.txt": b"User-agent: *\nCrawl-delay: 0.15"} | {f"/{n}": b"x" for n in range(4)}

    fetch(settings, visits, [site.url(f"/{n}") for n in range(4)])

    times = [asked.at for asked in site.asked[1:]]
    assert site.paths() == ["/0", "/1", "/2", "/3"]
    assert all(later - earlier >= 0.14 for earlier, later in pairwise(times))


def test_hosts_are_asked_side_by_side(site: Site, settings: Config, visits: Visits) -> None:
    both = threading.Barrier(2, timeout=2)

    def meet(_: Handler) -> bytes:
        both.wait()
        return b"met"

    site.answers["/meet"] = meet
    urls = [site.url("/meet", host) for host in ("paper.example", "other.example")]

    found = fetch(settings, visits, urls, robots=False, read_s=5.0, total_s=5.0)

    assert [status(one) for one in found.values()] == [200, 200]


@pytest.mark.parametrize("code", [429, 503])
def test_retry_after_is_waited_for(site: Site, settings: Config, visits: Visits, code: int) -> None:
    site.answers["/x"] = in_turn(Reply(b"", code, {"Retry-After": "1"}), b"at last")
    site.answers["/y"] = b"y"

    found = fetch(settings, visits, [site.url("/x"), site.url("/y")])

    assert status(found[site.url("/x")]) == 200
    assert site.paths() == ["/x", "/x", "/y"]  # the host is left alone meanwhile
    first, second, _ = site.asked[1:]
    assert second.at - first.at >= 1


def test_a_host_that_asks_for_hours_is_left_alone(site: Site, settings: Config, visits: Visits) -> None:
    site.answers["/x"] = Reply(b"", 429, {"Retry-After": "7200"})

    outcome = fetch(settings, visits, [site.url("/x")])[site.url("/x")].outcome

    assert isinstance(outcome, TooBusyError)
    assert outcome.wait_s == 7200
    assert site.paths() == ["/x"]


def test_what_breaks_is_tried_again_and_then_given_up(site: Site, settings: Config, visits: Visits) -> None:
    cut = lambda handler: setattr(handler, "close_connection", True)  # noqa: E731
    site.answers |= {"/mends": in_turn(cut, Reply(b"", 500), b"ok"), "/never": Reply(b"", 502), "/gone": Reply(b"", 404)}

    found = fetch(settings, visits, [site.url(path) for path in ("/mends", "/never", "/gone")])

    assert status(found[site.url("/mends")]) == 200
    assert isinstance(found[site.url("/never")].outcome, FetchError)
    assert status(found[site.url("/gone")]) == 404
    assert site.paths() == ["/mends"] * 3 + ["/never"] * 3 + ["/gone"]


def test_a_dead_host_does_not_hold_up_its_hundred_pages(site: Site, settings: Config, visits: Visits) -> None:
    site.answers["/robots.txt"] = b""
    for n in range(100):
        site.answers[f"/{n}"] = lambda handler: setattr(handler, "close_connection", True)

    found = fetch(settings, visits, [site.url(f"/{n}") for n in range(100)])

    assert all(isinstance(one.outcome, FetchError) for one in found.values())
    assert len(site.paths()) == 6


def test_redirects_are_followed_paced_and_counted(site: Site, settings: Config, visits: Visits) -> None:
    other = site.url("/there", "other.example")
    site.answers |= {
        "/over": Reply(b"", 302, {"Location": other}),
        "/there": b"there",
        "/loop": Reply(b"", 302, {"Location": "/pool"}),
        "/pool": Reply(b"", 302, {"Location": "/loop"}),
        **{f"/{n}": Reply(b"", 307, {"Location": f"/{n + 1}"}) for n in range(10)},
    }

    found = fetch(settings, visits, [site.url(path, "paper.example") for path in ("/over", "/loop", "/0")])

    over, loop, long = (found[site.url(path, "paper.example")] for path in ("/over", "/loop", "/0"))
    assert isinstance(over.outcome, Response)
    assert over.outcome.target.url == other
    assert over.job.hops == (site.url("/over", "paper.example"),)
    assert "in a circle" in str(loop.outcome)
    assert "more than 5 redirects" in str(long.outcome)
    assert {asked.headers["host"].split(":")[0] for asked in site.asked if asked.path == "/robots.txt"} == {
        "paper.example",
        "other.example",
    }


def test_a_redirect_to_where_robots_forbids_is_not_followed(site: Site, settings: Config, visits: Visits) -> None:
    site.answers |= {"/robots.txt": b"User-agent: *\nDisallow: /no", "/x": Reply(b"", 302, {"Location": "/no"}), "/no": b"no"}

    found = fetch(settings, visits, [site.url("/x")])

    assert isinstance(found[site.url("/x")].outcome, RobotsError)
    assert site.paths() == ["/x"]


def test_a_conditional_request_stays_with_its_host(site: Site, settings: Config, visits: Visits) -> None:
    site.answers |= {"/x": Reply(b"", 301, {"Location": site.url("/y", "other.example")}), "/y": b"y", "/z": Reply(b"", 304)}
    fetcher = Fetcher(settings.fetch, resolver=LOOPBACK)
    jobs = [Job(path, parse_url(site.url(path), allowed=fetcher.allowed), {"If-None-Match": '"1"'}) for path in ("/x", "/z")]

    found = {fetched.job.url: fetched for fetched in Crawl(fetcher, visits).run(jobs)}

    assert status(found["/z"]) == 304
    tags = {asked.path: asked.headers.get("if-none-match") for asked in site.asked}
    assert (tags["/x"], tags["/y"], tags["/z"]) == ('"1"', None, '"1"')


def test_a_long_list_is_read_as_it_is_done(
    site: Site, settings: Config, visits: Visits, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rag.fetch.crawl.LOOKAHEAD", 3)
    taken = 0

    def jobs() -> Iterator[Job]:
        nonlocal taken
        for n in range(50):
            taken += 1
            yield Job(str(n), Target("http", "127.0.0.1", site.port, f"/{n}"))

    crawled = Crawl(Fetcher(settings.fetch, resolver=LOOPBACK), visits).run(jobs())
    next(crawled)
    assert taken <= 4
    assert len(list(crawled)) == 49


def test_left_early_it_breaks_off_what_is_going_on_and_can_run_again(site: Site, settings: Config, visits: Visits) -> None:
    released = threading.Event()
    site.answers |= {"/a": b"a", "/slow": lambda _: (released.wait(5), b"late")[1]}
    fetcher = Fetcher(settings.fetch.model_copy(update={"read_s": 30, "total_s": 30, "robots": False}), resolver=LOOPBACK)
    crawl = Crawl(fetcher, visits)

    def job(path: str, host: str) -> Job:
        return Job(path, parse_url(site.url(path, host), allowed=fetcher.allowed))

    running = crawl.run([job("/slow", "other.example"), job("/a", "paper.example")])
    assert next(running).job.url == "/a"
    began = time.monotonic()
    running.close()
    assert time.monotonic() - began < 1
    assert [fetched.job.url for fetched in crawl.run([job("/a", "other.example")])] == ["/a"]
    released.set()


def test_a_bug_in_a_thread_is_seen(settings: Config, visits: Visits, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Fetcher, "get", lambda *_, **__: 1 // 0)
    with pytest.raises(ZeroDivisionError):
        fetch(settings, visits, ["http://paper.example/"], robots=False)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("5", 5), ("", 0), ("soon", 0), ("-5", 0), (formatdate(1060), 60), (formatdate(900), 0), ("9" * 50, 999_999_999)],
)
def test_retry_after_is_a_number_or_a_date(text: str, seconds: float) -> None:
    response = Response(Target("http", "a.example", 80, "/"), 429, {"retry-after": text})
    assert retry_after(response, 1000.0) == seconds


def test_an_inner_address_fails_without_a_robots_request(site: Site, settings: Config, visits: Visits) -> None:
    fetcher = Fetcher(settings.fetch, resolver=lambda _host, _port: ["10.0.0.1"])
    target = Target("http", "inner.example", 80, "/")
    (found,) = Crawl(fetcher, visits).run([Job("x", target)])

    assert isinstance(found.outcome, InputError)
    assert "private network" in str(found.outcome)
    assert not site.asked
