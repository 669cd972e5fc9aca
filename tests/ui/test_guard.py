from __future__ import annotations

import asyncio
import re

import httpx
import pytest
from starlette.types import Receive, Scope, Send

from ui.guard import Guard, is_loopback, policy

PAGE = (
    b'<html><head><script>one</script></head><body><SCRIPT>x</SCRIPT><script type="module" src="a.js"></script></body></html>'
)


async def site(scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG001
    """A page at `/`, sent in two parts; plain text elsewhere."""
    is_page = scope["path"] == "/"
    kind = b"text/html; charset=utf-8" if is_page else b"text/plain"
    body = PAGE if is_page else b"plain <script>"
    headers = [(b"content-type", kind), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body[:20], "more_body": True})
    await send({"type": "http.response.body", "body": body[20:]})


def fetch(
    path: str = "/", *, host: str = "127.0.0.1", names: tuple[str, ...] = (), method: str = "GET", **headers: str
) -> httpx.Response:
    """Return the reply of a guarded site that listens on `host` and has further names."""

    async def body() -> httpx.Response:
        transport = httpx.ASGITransport(Guard(site, host=host, names=names, head="<link>"))
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:7860") as client:
            return await client.request(method, path, headers={name.replace("_", "-"): text for name, text in headers.items()})

    return asyncio.run(body())


@pytest.mark.parametrize("host", ["127.0.0.1:7860", "localhost:7860", "LOCALHOST", "[::1]:7860"])
def test_our_own_names_are_served(host: str) -> None:
    assert fetch(Host=host).status_code == 200


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:7860", "127.0.0.1.evil.example", "[", "", "192.168.0.7", "a@b:c:d"]
)
def test_any_other_host_is_refused(host: str) -> None:
    assert fetch(Host=host).status_code == 400


def test_a_page_for_all_addresses_answers_to_numbers_but_not_to_foreign_names() -> None:
    assert fetch(host="0.0.0.0", Host="192.168.0.7:7860").status_code == 200
    assert fetch(host="0.0.0.0", Host="[fd00::7]:7860").status_code == 200
    assert fetch(host="0.0.0.0", Host="evil.example").status_code == 400
    assert fetch(host="desk.lan", Host="desk.lan:7860").status_code == 200


def test_further_names_are_those_of_the_settings() -> None:
    for name in ("news.example", "News.Example:443"):
        assert fetch(names=("News.example",), Host=name).status_code == 200
    assert fetch(names=("news.example",), Host="evil.news.example").status_code == 400


@pytest.mark.parametrize(
    "origin", ["http://evil.example", "http://127.0.0.1:7861", "null", "https://127.0.0.1:7860.evil.example", ""]
)
@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS"])
def test_a_foreign_origin_is_refused(origin: str, method: str) -> None:
    assert fetch("/x", method=method, Origin=origin).status_code == 403


def test_our_own_origin_and_programs_without_one_are_served() -> None:
    assert fetch("/x", method="POST", Origin="http://127.0.0.1:7860").status_code == 200
    assert fetch("/x", method="POST").status_code == 200


def test_another_site_may_link_here_but_load_nothing() -> None:
    assert fetch(sec_fetch_site="cross-site", sec_fetch_mode="navigate").status_code == 200
    assert fetch("/x", sec_fetch_site="cross-site", sec_fetch_mode="no-cors").status_code == 403
    assert fetch("/x", sec_fetch_site="same-site", sec_fetch_mode="cors").status_code == 403
    assert fetch("/x", sec_fetch_site="same-origin", sec_fetch_mode="cors").status_code == 200


def test_a_page_gets_its_head_and_a_nonce_of_its_own_on_every_script() -> None:
    first, second = fetch(), fetch()
    nonces = re.findall(r'<script nonce="([^"]+)"', first.text)
    assert len(nonces) == 2
    assert len(set(nonces)) == 1
    assert f"'nonce-{nonces[0]}'" in first.headers["content-security-policy"]
    assert "<link></head>" in first.text
    assert int(first.headers["content-length"]) == len(first.content)
    assert nonces[0] not in second.text


def test_every_reply_carries_the_policy_and_refusals_too() -> None:
    for reply in (fetch("/x"), fetch("/x", Host="evil.example"), fetch("/x", Origin="null")):
        assert reply.headers["content-security-policy"] == policy()
        assert reply.headers["x-content-type-options"] == "nosniff"
        assert reply.headers["referrer-policy"] == "no-referrer"
    assert fetch("/x").text == "plain <script>"


def test_the_policy_names_no_other_host_and_no_inline_script() -> None:
    rules = dict(rule.strip().split(" ", 1) for rule in policy("abc").split(";"))
    assert rules["img-src"] == "'self' data: blob:"
    assert rules["connect-src"] == rules["default-src"] == "'self'"
    assert "'unsafe-inline'" not in rules["script-src"]
    assert not re.search(r"https?:|\*", policy("abc"))


def test_which_addresses_only_this_machine_reaches() -> None:
    assert all(map(is_loopback, ("127.0.0.1", "127.8.8.8", "localhost", "::1", "LocalHost")))
    assert not any(map(is_loopback, ("0.0.0.0", "::", "192.168.0.7", "desk.lan")))
