"""One request to a server that misbehaves."""

from __future__ import annotations

import gzip
import os
import socket
import ssl
import subprocess
import threading
import time
from pathlib import Path

import brotli
import pytest
import zstandard

from rag.config import Config, FetchConfig
from rag.errors import InputError
from rag.fetch.fetcher import Fetcher, FetchError, Response
from rag.fetch.url import parse_url
from tests.fetch.site import Answer, Handler, Reply, Site


def get(fetcher: Fetcher, site: Site, answer: Answer) -> Response:
    """Return what a fetcher makes of an answer."""
    site.answers["/x"] = answer
    return fetcher.get(parse_url(site.url("/x"), allowed=fetcher.allowed))


def brotli_compress(data: bytes) -> bytes:
    """Return data packed fast."""
    packed: bytes = brotli.compress(data, quality=1)
    return packed


def raw(data: bytes, *, then_wait_s: float = 0.0) -> Answer:
    """Return an answer of these very bytes, after which the connection stays open for a while."""

    def write(handler: Handler) -> None:
        handler.wfile.write(data)
        handler.wfile.flush()
        time.sleep(then_wait_s)
        handler.close_connection = True

    return write


def test_a_request_names_the_product_and_whom_to_write_to_and_nothing_else(site: Site, settings: Config) -> None:
    contact = settings.fetch.model_copy(update={"contact": "mailto:desk@paper.example"})

    get(Fetcher(contact), site, Reply(b"hello", headers={"Set-Cookie": "a=b"}))
    get(Fetcher(contact), site, b"hello")

    assert site.asked[0].headers["user-agent"].startswith("newsrag/")
    assert site.asked[0].headers["user-agent"].endswith("(+mailto:desk@paper.example)")
    assert set(site.asked[1].headers) == {"host", "user-agent", "accept", "accept-encoding", "connection"}


def test_proxies_and_logins_of_the_environment_are_not_used(
    site: Site, fetcher: Fetcher, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "netrc").write_text("default login me password secret\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")

    assert get(fetcher, site, b"hello").body == b"hello"
    assert "authorization" not in site.asked[0].headers


@pytest.mark.parametrize(
    ("encoding", "pack"),
    [
        ("gzip", gzip.compress),
        ("br", brotli_compress),
        ("zstd", zstandard.compress),
        ("br, gzip", lambda data: gzip.compress(brotli_compress(data))),
    ],
)
def test_a_compressed_body_is_expanded_and_a_bomb_is_not(site: Site, fetcher: Fetcher, encoding: str, pack: object) -> None:
    assert callable(pack)
    headers = {"Content-Encoding": encoding}

    assert get(fetcher, site, Reply(pack(b"news " * 1000), headers=headers)).body == b"news " * 1000
    bomb = pack(bytes(5_000_000))
    assert len(bomb) < 100_000
    with pytest.raises(InputError, match="expands to more than 100,000 bytes"):
        get(fetcher, site, Reply(bomb, headers=headers))
    with pytest.raises(InputError, match="damaged"):
        get(fetcher, site, Reply(pack(os.urandom(3000))[:-20], headers=headers))


@pytest.mark.parametrize(("encoding", "reason"), [("compress", "not asked for"), ("gzip, gzip, gzip", "3 times over")])
def test_an_encoding_that_was_not_asked_for_is_refused(site: Site, fetcher: Fetcher, encoding: str, reason: str) -> None:
    with pytest.raises(InputError, match=reason):
        get(fetcher, site, Reply(b"xxx", headers={"Content-Encoding": encoding}))


def endless(handler: Handler) -> None:
    """Send a body without end."""
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n")
    while True:
        handler.wfile.write(b"x" * 10_000)


def test_an_endless_body_is_cut_at_the_limit(site: Site, fetcher: Fetcher) -> None:
    with pytest.raises(InputError, match="more than 100,000 bytes"):
        get(fetcher, site, endless)


def test_a_body_that_says_it_is_too_large_is_not_read(site: Site, fetcher: Fetcher) -> None:
    began = time.monotonic()
    with pytest.raises(InputError, match=r"999,999,999 bytes, over the limit"):
        get(fetcher, site, raw(b"HTTP/1.1 200 OK\r\nContent-Length: 999999999\r\n\r\n", then_wait_s=0.1))
    assert time.monotonic() - began < 0.3


@pytest.mark.parametrize("drips_headers", [True, False])
def test_a_slow_drip_ends_at_the_total_time(site: Site, fetcher: Fetcher, *, drips_headers: bool) -> None:
    def drip(handler: Handler) -> None:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\n" + (b"" if drips_headers else b"\r\n"))
        for _ in range(40):
            handler.wfile.write(b"X-A: b\r\n" if drips_headers else b"x")
            time.sleep(0.1)

    began = time.monotonic()
    with pytest.raises(FetchError, match="did not answer in time"):
        get(fetcher, site, drip)
    assert 0.8 < time.monotonic() - began < 2


def test_silence_ends_at_the_time_for_reading(site: Site, fetcher: Fetcher) -> None:
    began = time.monotonic()
    with pytest.raises(FetchError, match="did not answer in time"):
        get(fetcher, site, raw(b"", then_wait_s=0.8))
    assert time.monotonic() - began < 0.8


def test_a_name_server_that_does_not_answer_is_not_waited_for(settings: Config) -> None:
    gone = threading.Event()
    fetcher = Fetcher(settings.fetch.model_copy(update={"connect_s": 0.2}), resolver=lambda _host, _port: [str(gone.wait(5))])

    began = time.monotonic()
    with pytest.raises(FetchError, match="name server"):
        fetcher.get(parse_url("http://slow.example/", allowed=fetcher.allowed))
    gone.set()
    assert time.monotonic() - began < 1


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"HTTP/1.1 200 OK\r\n" + b"X-Long: " + b"a" * 200_000 + b"\r\n\r\n", "failed"),
        (
            b"HTTP/1.1 200 OK\r\n" + b"".join(b"X-%d: a\r\n" % n for n in range(400)) + b"Content-Length: 0\r\n\r\n",
            "403|40[0-9] headers",
        ),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf", "failed"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!", "failed"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\nhello", "failed"),
        (b"\x00\x01\x02 junk", "failed"),
        (b"", "failed"),
        (b"SSH-2.0-OpenSSH_9\r\n\r\n", "failed"),
        (b"HTTP/1.1 100 Continue\r\n\r\n" * 3, "failed"),
    ],
)
def test_a_broken_answer_is_a_reason_and_no_crash(site: Site, fetcher: Fetcher, data: bytes, reason: str) -> None:
    with pytest.raises(InputError, match=reason):
        get(fetcher, site, raw(data))


def test_a_connection_that_is_reset_or_refused_is_a_reason(site: Site, fetcher: Fetcher) -> None:
    def reset(handler: Handler) -> None:
        handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        handler.connection.close()
        handler.close_connection = True

    with pytest.raises(FetchError, match="failed"):
        get(fetcher, site, reset)
    site.close()
    with pytest.raises(FetchError, match=r"failed.*refused"):
        get(fetcher, site, b"")
    site.__init__()  # type: ignore[misc]  # for the fixture to close


def test_a_redirect_is_returned_and_its_body_is_not_read(site: Site, fetcher: Fetcher) -> None:
    response = get(fetcher, site, Reply(b"x" * 500_000, 301, {"Location": "../y?z#w"}))

    assert response.location is not None
    assert response.location.url == site.url("/y?z")
    assert response.body == b""


def test_another_thread_can_break_a_request_off(site: Site, settings: Config) -> None:
    fetcher = Fetcher(settings.fetch.model_copy(update={"read_s": 30, "total_s": 30}))
    threading.Timer(0.2, fetcher.abort).start()

    began = time.monotonic()
    with pytest.raises(FetchError):
        get(fetcher, site, raw(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n", then_wait_s=1))
    assert time.monotonic() - began < 0.9


def test_a_certificate_of_nobody_is_refused_and_the_name_is_sent(tmp_path: Path) -> None:
    command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=paper.example"
    names = ["-addext", "subjectAltName=DNS:paper.example", "-keyout", "key.pem", "-out", "cert.pem"]
    subprocess.run([*command.split(), *names], cwd=tmp_path, check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "cert.pem", tmp_path / "key.pem")
    sent: list[str] = []
    context.sni_callback = lambda _socket, name, _context: sent.append(name)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]

        def serve() -> None:
            for _ in range(2):
                connection, _peer = listener.accept()
                try:
                    with context.wrap_socket(connection, server_side=True) as tls:
                        tls.recv(1000)
                        tls.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
                except OSError:
                    connection.close()

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        fetcher = Fetcher(FetchConfig(allow_hosts=(f"paper.example:{port}",)), resolver=lambda _host, _port: ["127.0.0.1"])
        target = parse_url(f"https://paper.example:{port}/", allowed=fetcher.allowed)
        with pytest.raises(FetchError, match="certificate"):
            fetcher.get(target)
        fetcher._tls.load_verify_locations(tmp_path / "cert.pem")
        assert fetcher.get(target).body == b"ok"
        thread.join()

    assert sent == ["paper.example"] * 2
