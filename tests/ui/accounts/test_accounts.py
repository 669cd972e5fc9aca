from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from rag.errors import ConfigError, InputError, StoreError
from tests.pgserver import running
from ui.accounts import passwords
from ui.accounts.attempts import Attempts
from ui.accounts.book import Accounts
from ui.accounts.cookies import Cookies, load_secret
from ui.accounts.file import FileAccounts
from ui.accounts.login import inside, login_page
from ui.accounts.passwords import hash_password, is_password
from ui.accounts.postgres import PostgresAccounts, PostgresAttempts, shared_secret
from ui.state import LoginAttempts

PASSWORD = "a long enough password"


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "_N", 2**10)


@pytest.fixture
def in_file(tmp_path: Path) -> FileAccounts:
    return FileAccounts(tmp_path / "folder" / "accounts.json")


Open = Callable[[], Accounts]


@pytest.fixture(params=["file", "postgres"])
def open_accounts(request: pytest.FixtureRequest, in_file: FileAccounts) -> Iterator[Open]:
    """What opens one list of accounts, as another process would."""
    opened: list[Accounts] = []
    address = request.getfixturevalue("postgres") if request.param == "postgres" else ""

    def open_() -> Accounts:
        opened.append(PostgresAccounts(address, fresh_s=0) if address else FileAccounts(in_file.path))
        return opened[-1]

    yield open_
    for one in opened:
        one.close()


@pytest.fixture
def accounts(open_accounts: Open) -> Accounts:
    return open_accounts()


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


def test_neither_password_nor_key_stands_in_the_file(in_file: FileAccounts) -> None:
    accounts = in_file
    accounts.add("Ann", PASSWORD)
    key = accounts.add_key("ann", "notebook")
    text = accounts.path.read_text()
    assert PASSWORD not in text
    assert key not in text
    assert key.split("_", 2)[2] not in text  # the secret itself may hold underscores
    assert accounts.path.stat().st_mode & 0o077 == 0
    assert list(accounts.path.parent.iterdir()) == [accounts.path]


def test_passwords_and_keys_are_known_again_by_another_process(accounts: Accounts, open_accounts: Open) -> None:
    assert accounts.names() == ()
    accounts.add("Ann", PASSWORD)
    key, other = accounts.add_key("ann", "notebook"), accounts.add_key("bob")
    again = open_accounts()
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


def test_changes_are_seen_while_the_server_runs(accounts: Accounts, open_accounts: Open) -> None:
    server = open_accounts()
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


def test_a_damaged_file_lets_nobody_in(in_file: FileAccounts) -> None:
    accounts = in_file
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
    cookies = Cookies(b"s" * 32, FileAccounts(Path("nowhere")), session_s=60)
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


@dataclass
class Clock:
    """A time that stands still until it is moved."""

    now: float = 1e9

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(params=["memory", "postgres"])
def open_attempts(request: pytest.FixtureRequest, clock: Clock) -> Iterator[Callable[[], LoginAttempts]]:
    """What opens one count of failed logins, as another process would."""
    opened: list[LoginAttempts] = []
    address = ""
    if request.param == "postgres":
        address = request.getfixturevalue("postgres")
        PostgresAccounts(address).close()

    def open_() -> LoginAttempts:
        if address or not opened:
            opened.append(PostgresAttempts(address, clock) if address else Attempts(clock))
        return opened[-1]

    yield open_
    for one in opened:
        one.close()


def test_each_failure_doubles_the_wait_for_that_name_and_address(
    open_attempts: Callable[[], LoginAttempts], clock: Clock
) -> None:
    one, two = open_attempts(), open_attempts()
    waits = []
    for number in range(9):
        waits.append((one, two)[number % 2].admit("ann", "10.0.0.1"))
        clock.now += waits[-1]
        if waits[-1]:
            assert one.admit("ann", "10.0.0.1") == 0
    assert waits == [0, 0, 0, 0, 0, 1, 2, 4, 8]
    assert one.admit("ann", "10.0.0.1") == 16
    assert one.admit("ann", "10.0.0.2") == one.admit("bob", "10.0.0.1") == 0
    clock.now += 16
    assert two.admit("ann", "10.0.0.1") == 0
    two.succeeded("ann", "10.0.0.1")
    assert one.admit("ann", "10.0.0.1") == 0
    assert one.admit("a\0nn", "10.0.0.1") == 0


def test_one_address_cannot_go_through_names_nor_many_addresses_through_one_name(
    open_attempts: Callable[[], LoginAttempts], clock: Clock
) -> None:
    attempts = open_attempts()
    names = [f"name{number}" for number in range(40)]
    assert [name for name in names if attempts.admit(name, "10.0.0.1")] == names[20:]
    addresses = [f"10.0.1.{number}" for number in range(140)]
    assert [address for address in addresses if attempts.admit("ann", address)] == addresses[100:]
    clock.now += 4000
    assert attempts.admit("ann", "10.0.0.1") == 0


def test_failures_that_can_be_forgotten_are() -> None:
    clock = Clock()
    attempts = Attempts(clock)
    for number in range(30_000):
        clock.now += 1
        attempts.admit(str(number), str(number))
    assert len(attempts._failed) < 30_000


def test_all_processes_sign_with_one_secret(postgres: str) -> None:
    PostgresAccounts(postgres).close()
    assert shared_secret(postgres) == shared_secret(postgres)
    assert len(shared_secret(postgres)) == 32


def test_an_account_that_two_processes_change_at_once_keeps_both_changes(postgres: str) -> None:
    one, two = PostgresAccounts(postgres, fresh_s=0), PostgresAccounts(postgres, fresh_s=0)
    threads = [threading.Thread(target=lambda who=who: [who.add_key("ann") for _ in range(8)]) for who in (one, two)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(one.keys("ann")) == 16
    one.close()
    two.close()


def test_while_the_server_is_away_the_last_list_holds_for_some_minutes() -> None:
    clock = Clock()
    with running() as server, server.database() as address:
        known = PostgresAccounts(address, fresh_s=2, clock=clock)
        known.add("ann", PASSWORD)
        assert known.names() == ("ann",)
        server.stop(how="immediate")
        clock.now += 60
        assert not known.is_fresh
        known.refresh()
        assert known.is_fresh
        assert known.names() == ("ann",)
        clock.now += 300
        with pytest.raises(StoreError, match="PostgreSQL server"):
            known.names()
        server.start()
        clock.now += 1
        assert known.names() == ("ann",)
        known.close()


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
