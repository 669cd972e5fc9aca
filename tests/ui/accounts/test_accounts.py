from __future__ import annotations

import time
from pathlib import Path

import pytest

from rag.errors import ConfigError, InputError
from ui.accounts import passwords
from ui.accounts.attempts import Attempts
from ui.accounts.cookies import Cookies, load_secret
from ui.accounts.file import Accounts
from ui.accounts.login import inside, login_page
from ui.accounts.passwords import hash_password, is_password

PASSWORD = "a long enough password"


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "_N", 2**10)


@pytest.fixture
def accounts(tmp_path: Path) -> Accounts:
    return Accounts(tmp_path / "folder" / "accounts.json")


def test_a_hash_is_salted_and_tells_the_password_alone() -> None:
    one, two = hash_password("¡ñandú!"), hash_password("¡ñandú!")
    assert one != two
    assert is_password("¡ñandú!", one)
    assert not is_password("¡nandu!", one)
    for odd in ("", "scrypt", "scrypt$x$8$1$00$00", "md5$1024$8$3$00$00", one.rpartition("$")[0], "scrypt$999999999$8$1$00$00"):
        assert not is_password("", odd)


def test_the_hash_for_real_is_a_slow_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    assert passwords._N * passwords._R * passwords._P >= 2**15 * 8 * 3  # 96 MB of work
    began = time.perf_counter()
    hash_password("x")
    assert time.perf_counter() - began > 0.02


def test_neither_password_nor_key_stands_in_the_file(accounts: Accounts) -> None:
    accounts.add("Ann", PASSWORD)
    key = accounts.add_key("ann", "notebook")
    text = accounts.path.read_text()
    assert PASSWORD not in text
    assert key not in text
    assert key.split("_", 2)[2] not in text  # the secret itself may hold underscores
    assert accounts.path.stat().st_mode & 0o077 == 0
    assert list(accounts.path.parent.iterdir()) == [accounts.path]


def test_passwords_and_keys_are_known_again_by_another_process(accounts: Accounts) -> None:
    assert accounts.names() == ()
    accounts.add("Ann", PASSWORD)
    key, other = accounts.add_key("ann", "notebook"), accounts.add_key("bob")
    again = Accounts(accounts.path)
    assert again.names() == ("ann", "bob")
    assert again.is_password("ANN", PASSWORD)
    assert not again.is_password("ann", PASSWORD + "x")
    assert not again.is_password("bob", "")  # has keys only
    assert not again.is_password("nobody", PASSWORD)
    assert (again.account_of(key), again.account_of(other)) == ("ann", "bob")
    assert [one.label for one in again.keys("ann")] == ["notebook"]


@pytest.mark.parametrize("key", ["", "x", "newsrag_", "newsrag__", "newsrag_00000000_", "Bearer", "newsrag_é_é"])
def test_what_is_no_key_is_nobody_s(accounts: Accounts, key: str) -> None:
    made = accounts.add_key("ann")
    assert accounts.account_of(key) is None
    assert accounts.account_of(made[:-1]) is None
    assert accounts.account_of(made + "x") is None


def test_changes_are_seen_while_the_server_runs(accounts: Accounts) -> None:
    server = Accounts(accounts.path)
    assert server.names() == ()
    accounts.add("ann", PASSWORD)
    key = accounts.add_key("ann")
    assert server.account_of(key) == "ann"
    accounts.remove_key(key.split("_")[1])
    assert server.account_of(key) is None
    accounts.add("ann", "another password")
    assert not server.is_password("ann", PASSWORD)
    accounts.remove("ann")
    assert server.names() == ()
    for name in ("ann", "deadbeef"):
        with pytest.raises(InputError, match="rag auth list"):
            accounts.remove(name)
        with pytest.raises(InputError, match="rag auth list"):
            accounts.remove_key(name)


@pytest.mark.parametrize("name", ["", " ", "a b", "../x", "a" * 65, "ann\n", "аnn"])  # the last begins with a Cyrillic letter
def test_names_that_could_be_mistaken_are_refused(accounts: Accounts, name: str) -> None:
    with pytest.raises(ConfigError, match="cannot be an account's name"):
        accounts.add(name, PASSWORD)


@pytest.mark.parametrize("password", ["", "short", "x" * 2000])
def test_passwords_have_a_length(accounts: Accounts, password: str) -> None:
    with pytest.raises(ConfigError, match="8 to 1024"):
        accounts.add("ann", password)


def test_a_damaged_file_lets_nobody_in(accounts: Accounts) -> None:
    accounts.add("ann", PASSWORD)
    accounts.path.write_text('{"accounts": {"ann": 1}}')
    with pytest.raises(ConfigError, match="mend or restore"):
        accounts.names()


def test_a_login_lasts_until_its_time_is_over_or_the_password_changes(accounts: Accounts) -> None:
    accounts.add("ann", PASSWORD)
    secret = b"s" * 32
    cookies = Cookies(secret, accounts, session_s=60)
    session = cookies.session("ann")
    assert cookies.account(session) == "ann"
    assert Cookies(secret, accounts, session_s=60).account(session) == "ann"  # after a restart
    assert Cookies(b"t" * 32, accounts, session_s=60).account(session) is None
    assert cookies.account(Cookies(secret, accounts, session_s=-1).session("ann")) is None
    accounts.add("ann", "another password")
    assert cookies.account(session) is None


def test_a_browser_s_key_cannot_be_told_from_its_owner() -> None:
    cookies = Cookies(b"s" * 32, Accounts(Path("nowhere")), session_s=60)
    key = cookies.browser()
    assert cookies.owner(key) == cookies.owner(key) != cookies.owner(key + "x")
    assert key not in cookies.owner(key)


def test_the_secret_is_kept_for_its_owner_s_eyes_alone(tmp_path: Path) -> None:
    first = load_secret(tmp_path / "new")
    assert load_secret(tmp_path / "new") == first != load_secret(tmp_path / "other")
    (file,) = (tmp_path / "new").iterdir()
    assert file.stat().st_mode & 0o077 == 0
    (tmp_path / "taken").touch()
    assert len(load_secret(tmp_path / "taken")) == 32
    file.write_bytes(b"")
    assert len(load_secret(tmp_path / "new")) == 32


def test_each_failure_doubles_the_wait_for_that_name_and_address() -> None:
    now = [0.0]
    attempts = Attempts(clock=lambda: now[0])
    waits = []
    for _ in range(9):
        attempts.begin("ann", "10.0.0.1")
        waits.append(attempts.wait_s("ann", "10.0.0.1"))
    assert waits == [0, 0, 0, 0, 1, 2, 4, 8, 16]
    assert attempts.wait_s("ann", "10.0.0.2") == attempts.wait_s("bob", "10.0.0.1") == 0
    now[0] += 16
    assert attempts.wait_s("ann", "10.0.0.1") == 0
    attempts.begin("ann", "10.0.0.1")
    attempts.succeeded("ann", "10.0.0.1")
    attempts.begin("ann", "10.0.0.1")
    assert attempts.wait_s("ann", "10.0.0.1") == 0


def test_one_address_cannot_go_through_names_nor_many_addresses_through_one_name() -> None:
    now = [0.0]
    attempts = Attempts(clock=lambda: now[0])
    for number in range(40):
        attempts.begin(f"name{number}", "10.0.0.1")
    assert attempts.wait_s("ann", "10.0.0.1") == 900
    for number in range(140):
        attempts.begin("ann", f"10.0.1.{number}")
    assert attempts.wait_s("ann", "10.9.9.9") == 900
    now[0] += 4000
    assert attempts.wait_s("ann", "10.0.0.1") == 0
    for number in range(30_000):
        now[0] += 1
        attempts.begin(str(number), str(number))
    assert len(attempts._failed) < 30_000


@pytest.mark.parametrize(
    "wanted",
    [
        "//evil.example",
        "https://evil.example",
        "/\\evil.example",
        "javascript:x",
        "",
        "x",
        "/a\r\nSet-Cookie: x",
        "///x",
        "/[::",
    ],
)
def test_a_login_leads_to_no_other_site(wanted: str) -> None:
    assert inside(wanted) in ("/", "/[::")
    assert not inside(wanted).startswith("//")


def test_what_the_login_page_is_told_is_escaped() -> None:
    assert inside("/?c=abc&x=1") == "/?c=abc&x=1"
    page = login_page('/"><script>', '<img src="x">')
    assert "<script>" not in page
    assert "<img" not in page
