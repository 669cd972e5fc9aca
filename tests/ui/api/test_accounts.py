"""Two people on one server with accounts: who is let in, what each sees, how much each may ask."""

from __future__ import annotations

import re

import httpx
import pytest

from tests.ui.api.conftest import PASSWORD, Closed

PAGE = {"Accept": "text/html"}


def login(client: httpx.Client, name: str, password: str, **more: str) -> httpx.Response:
    return client.post("/login", data={"name": name, "password": password, **more})


@pytest.mark.parametrize(
    "path",
    ["/api/articles", "/v1/models", "/mcp", "/metrics", "/docs", "/config", "/gradio_api/info", "/page/style.css", "/api/ask"],
)
def test_nobody_gets_in_without_a_login(closed: Closed, path: str) -> None:
    with closed.site.client() as client:
        for headers in ({}, {"Authorization": "Bearer newsrag_00000000_x"}, {"Authorization": "Basic YTpi"}):
            reply = client.get(path, headers=headers)
            assert reply.status_code == 401
            assert reply.headers["www-authenticate"].startswith("Bearer")
            assert set(reply.json()["error"]) == {"message", "type", "param", "code"}
        sent = client.get(path, headers=PAGE)
        assert (sent.status_code, sent.headers["location"]) == (303, f"/login?next={path}")
        assert client.get("/healthz").status_code == client.get("/readyz").status_code == 200


def test_a_reader_logs_in_and_out(closed: Closed) -> None:
    with closed.site.client() as client:
        form = client.get("/login", params={"next": "/?c=x"})
        assert form.status_code == 200
        assert 'value="/?c=x"' in form.text
        assert "<script" not in form.text
        assert "form-action 'self'" in form.headers["content-security-policy"]
        wrong = login(client, "ann", "wrong password")
        assert wrong.status_code == 401
        assert "Name or password is wrong." in wrong.text
        assert login(client, "nobody at all", "wrong password").text == wrong.text
        inside = login(client, "Ann ", PASSWORD, next="/?c=x")
        assert (inside.status_code, inside.headers["location"]) == (303, "/?c=x")
        cookie = inside.headers["set-cookie"]
        assert "HttpOnly" in cookie
        assert "SameSite=lax" in cookie
        assert client.get("/", headers=PAGE).status_code == 200
        assert client.get("/api/articles").status_code == 200
        assert client.post("/logout").headers["location"] == "/login"
        assert client.get("/api/articles").status_code == 401


def test_a_cookie_cannot_be_forged_and_a_login_sends_nobody_elsewhere(closed: Closed) -> None:
    with closed.site.client() as client:
        inside = login(client, "ann", PASSWORD, next="//evil.example/")
        assert inside.headers["location"] == "/"
        real = client.cookies["newsrag_session"]
        client.cookies.clear()
        said, _, signature = real.partition(".")
        for forged in ("", "x", f"{said}.", f"{said[:-4]}AAAA.{signature}", f".{signature}", f"{said}.{signature[:-1]}", "é.é"):
            reply = client.get("/api/articles", headers={"Cookie": f"newsrag_session={forged}".encode()})
            assert reply.status_code == 401, forged
        assert client.get("/api/articles", headers={"Cookie": f"newsrag_session={real}"}).status_code == 200


def test_over_https_the_cookie_is_for_https_alone(closed: Closed) -> None:
    with closed.site.client(headers={"X-Forwarded-Proto": "https"}) as client:
        assert "Secure" in login(client, "ann", PASSWORD).headers["set-cookie"]


def test_guessing_passwords_is_slowed_down(closed: Closed) -> None:
    with closed.site.client() as client:
        codes = [login(client, "eve", f"guess number {number}").status_code for number in range(7)]
        assert codes[:5] == [401] * 5
        assert codes[-1] == 429
        slowed = login(client, "eve", "guess")
        assert int(slowed.headers["retry-after"]) >= 1
        assert re.search(r"wait \d+ s", slowed.text)
        assert login(client, "ann", PASSWORD).status_code == 303


@pytest.mark.parametrize("body", [b"x" * 20_000, b"&" * 100, b"name=\xff\xfe&password=%", b""])
def test_odd_logins_are_refused(closed: Closed, body: bytes) -> None:
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    with closed.site.client() as client:
        assert client.post("/login", content=body, headers=headers).status_code in (401, 413)
        assert client.post("/login", json={"name": "ann"}).status_code == 413


def test_each_sees_their_own_conversations_alone(closed: Closed) -> None:
    store = closed.site.backend.conversations()
    id_ = store.create("account:ann")
    store.add("account:ann", id_, "Whose is this?")
    with closed.client("ann") as ann, closed.client("bob") as bob:
        assert [one["id"] for one in ann.get("/api/conversations").json()["conversations"]] == [id_]
        assert bob.get("/api/conversations").json() == {"conversations": []}
        assert bob.get(f"/api/conversations/{id_}.md").status_code == 404
        assert ann.get(f"/api/conversations/{id_}.md").status_code == 200


def test_one_who_asks_too_much_is_told_and_the_other_goes_on(closed: Closed) -> None:
    with closed.client("ann") as ann, closed.client("bob") as bob:
        replies = [ann.get("/v1/models") for _ in range(45)]
        assert replies[-1].status_code == 429
        assert int(replies[-1].headers["retry-after"]) >= 1
        assert "requests a minute" in replies[-1].json()["error"]["message"]
        assert bob.get("/v1/models").status_code == 200
