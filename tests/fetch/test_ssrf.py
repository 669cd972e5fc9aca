"""No spelling of an inner address, and no trick of a server or name server, makes a connection to it."""

from __future__ import annotations

import httpcore
import pytest

from rag.config import load_config
from rag.errors import InputError
from rag.fetch.connect import NotAllowedError
from rag.fetch.crawl import Crawl, Job
from rag.fetch.fetcher import Fetcher, FetchError
from rag.fetch.url import parse_url
from rag.fetch.visits import Visits
from tests.fetch.site import Reply, Site, listening

FORMS = """
http://127.0.0.1:PORT/ http://127.0.0.2:PORT/ http://127.255.255.254:PORT/ http://127.1:PORT/ http://127.0.1:PORT/
http://2130706433:PORT/ http://0x7f000001:PORT/ http://0x7F.0x0.0x0.0x1:PORT/ http://0177.0.0.1:PORT/ http://0177.0.0.01:PORT/
http://017700000001:PORT/ http://00000177.0.0.1:PORT/ http://0x7f.1:PORT/ http://127.0.0.1.:PORT/ http://127.0.0.1..:PORT/
http://0:PORT/ http://0.0.0.0:PORT/ http://00.0.0.0:PORT/ http://127.000.000.001:PORT/ http://4294967295:PORT/
http://[::1]:PORT/ http://[0:0:0:0:0:0:0:1]:PORT/ http://[0000::0001]:PORT/ http://[::]:PORT/ http://[::ffff:127.0.0.1]:PORT/
http://[::ffff:7f00:1]:PORT/ http://[0:0:0:0:0:ffff:127.0.0.1]:PORT/ http://[::127.0.0.1]:PORT/ http://[::1%25lo]:PORT/
http://[::1%lo]:PORT/ http://[fe80::1%25eth0]:PORT/ http://[fe80::1]:PORT/ http://[64:ff9b::7f00:1]:PORT/
http://[64:ff9b::127.0.0.1]:PORT/ http://[64:ff9b:1::7f00:1]:PORT/ http://[2002:7f00:1::]:PORT/ http://[2002:7f00:1::1]:PORT/
http://[2001:0:7f00:1::]:PORT/ http://[2001:db8::5efe:127.0.0.1]:PORT/ http://[fd00:ec2::254]:PORT/ http://[ff02::1]:PORT/
http://localhost:PORT/ http://LOCALHOST:PORT/ http://LocalHost.:PORT/ http://foo.localhost:PORT/ http://localhost.localdomain:PORT/
http://ip6-localhost:PORT/ http://user@127.0.0.1:PORT/ http://paper.example@127.0.0.1:PORT/ http://paper.example:80@127.0.0.1:PORT/
http://127.0.0.1:PORT@127.0.0.1:PORT/ http://①②⑦.⓪.⓪.①:PORT/ http://１２７.０.０.１:PORT/ http://127。0。0。1:PORT/ http://127．0．0．1:PORT/
http://ⓛⓞⓒⓐⓛⓗⓞⓢⓣ:PORT/ http://loc\u00adalhost:PORT/ http://127.0.0.1%2e:PORT/ http://127%2e0%2e0%2e1:PORT/ http://%6c%6f%63alhost:PORT/
http://127.0.0.1\\@paper.example:PORT/ http://paper.example\\@127.0.0.1:PORT/ http:\\\\127.0.0.1:PORT/ http:/127.0.0.1:PORT/
http:127.0.0.1:PORT/ //127.0.0.1:PORT/ http:///127.0.0.1:PORT/ http://127.0.0.1:PORT\t/ http://127.0.0.1\t:PORT/
http://[127.0.0.1]:PORT/ http://[::1:PORT/ http://::1:PORT/ http://169.254.169.254:PORT/latest/meta-data/ http://[::ffff:a9fe:a9fe]:PORT/
http://100.100.100.200:PORT/ http://168.63.129.16:PORT/ http://metadata.google.internal:PORT/ http://10.0.0.1:PORT/
http://192.168.0.1:PORT/ http://172.16.0.1:PORT/ http://100.64.0.1:PORT/ http://224.0.0.1:PORT/ http://255.255.255.255:PORT/
gopher://127.0.0.1:PORT/ file:///etc/passwd file://127.0.0.1/etc/passwd dict://127.0.0.1:PORT/ unix:///var/run/docker.sock
data:text/html,x jar:http://127.0.0.1:PORT/!/ HTTP://127.0.0.1:PORT/ hTtP://0X7F000001:PORT/ http://xn--127-0-0-1:PORT/
""".replace("\\u00ad", "\u00ad").split(" ")
FORMS = [form.replace("\\t", "\t").strip("\n") for part in FORMS for form in part.split("\n") if form.strip("\n")]


def test_there_are_many_forms() -> None:
    assert len(set(FORMS)) >= 90


def test_no_spelling_of_an_inner_address_is_connected_to() -> None:
    with listening() as (port, came):
        fetcher = Fetcher(load_config(flags={"fetch.allow_ports": [80, 443, port]}, env={}).config.fetch)
        let_through = []
        for form in FORMS:
            text = form.replace("PORT", str(port))
            try:
                fetcher.get(parse_url(text, allowed=fetcher.allowed))
                let_through.append(text)
            except InputError:
                continue
        for address in ("127.0.0.1", "0.0.0.0"):
            with pytest.raises(NotAllowedError):
                fetcher.get(parse_url(f"http://{address}:{port}/", allowed=fetcher.allowed))

        assert not let_through
        assert not came


@pytest.mark.parametrize(
    "addresses",
    [
        ["127.0.0.1"],
        ["1.1.1.1", "127.0.0.1"],
        ["::1"],
        ["::ffff:127.0.0.1"],
        ["169.254.169.254"],
        ["fe80::1%lo"],
        ["10.0.0.8"],
        ["junk"],
    ],
)
def test_a_public_name_for_an_inner_address_is_not_connected_to(addresses: list[str]) -> None:
    with listening() as (port, came):
        fetcher = Fetcher(
            load_config(flags={"fetch.allow_ports": [port]}, env={}).config.fetch, resolver=lambda _host, _port: addresses
        )
        with pytest.raises(NotAllowedError, match=r"paper\.example"):
            fetcher.get(parse_url(f"http://paper.example:{port}/", allowed=fetcher.allowed))

        assert not came


def test_a_name_that_is_another_address_the_second_time_is_not_looked_up_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    """DNS rebinding: the address that was checked is the one that is connected to."""
    lookups = iter([["1.1.1.1"], ["127.0.0.1"], ["127.0.0.1"]])
    connected: list[str] = []

    def connect_tcp(_self: object, host: str, *_: object) -> httpcore.NetworkStream:
        connected.append(host)
        raise httpcore.ConnectError("unplugged")

    monkeypatch.setattr(httpcore.SyncBackend, "connect_tcp", connect_tcp)
    fetcher = Fetcher(load_config(env={}).config.fetch, resolver=lambda _host, _port: next(lookups))
    target = parse_url("https://paper.example/", allowed=fetcher.allowed)

    with pytest.raises(FetchError, match="unplugged"):
        fetcher.get(target)
    with pytest.raises(NotAllowedError):
        fetcher.get(target)
    assert connected == ["1.1.1.1"]
    assert list(lookups) == [["127.0.0.1"]]


def test_the_connection_goes_to_the_checked_address_and_the_name_stays_in_the_host_header(site: Site, fetcher: Fetcher) -> None:
    site.answers["/"] = b"here"

    response = fetcher.get(parse_url(site.url(host="paper.example"), allowed=fetcher.allowed))

    assert response.body == b"here"
    assert site.asked[0].headers["host"] == f"paper.example:{site.port}"


@pytest.mark.parametrize(
    "location",
    [
        "http://169.254.169.254/x",
        "http://127.0.0.1:PORT/x",
        "//[::1]:PORT/x",
        "http://inner.example:PORT/x",
        "file:///etc/passwd",
    ],
)
def test_a_redirect_to_an_inner_address_is_not_followed(location: str, site: Site) -> None:
    with listening() as (port, came):
        site.answers["/go"] = lambda _: Reply(status=302, headers={"Location": location.replace("PORT", str(port))})
        flags = {"fetch.allow_hosts": [site.netloc], "fetch.allow_ports": [port], "fetch.robots": False, "fetch.interval_s": 0}
        fetcher = Fetcher(
            load_config(flags=flags, env={}).config.fetch,
            resolver=lambda host, _port: ["127.0.0.1"] if host == "inner.example" else [host],
        )
        target = parse_url(site.url("/go"), allowed=fetcher.allowed)
        with Visits.in_memory() as visits:
            (fetched,) = Crawl(fetcher, visits).run([Job(target.url, target)])

        assert isinstance(fetched.outcome, InputError)
        assert site.paths() == ["/go"]
        assert not came


def test_a_named_host_may_be_private_but_its_metadata_address_stays_closed() -> None:
    flags = {"fetch.allow_hosts": ["wiki.example"]}
    fetcher = Fetcher(load_config(flags=flags, env={}).config.fetch, resolver=lambda _host, _port: ["169.254.169.254"])

    with pytest.raises(NotAllowedError, match="special address"):
        fetcher.get(parse_url("http://wiki.example/", allowed=fetcher.allowed))
