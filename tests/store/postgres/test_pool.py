"""Connections to PostgreSQL: shared, replaced after the server went away, and errors that say what to do."""

from __future__ import annotations

from threading import Thread

import pytest
from psycopg import Connection

from rag.errors import ConfigError, MismatchError, StoreError
from rag.store.postgres.migrate import migrate, version_of
from rag.store.postgres.pool import Pool, location
from tests.pgserver import running


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("postgresql://news:s3cret@db.example:5432/news", "postgresql://news@db.example:5432/news"),
        ("postgresql://news:s3:cr@et@db.example/news", "postgresql://news@db.example/news"),
        ("postgresql://news@a,b/news?password=s3cret&sslmode=require", "postgresql://news@a,b/news?password=&sslmode=require"),
        ("postgresql://db.example/news", "postgresql://db.example/news"),
    ],
)
def test_an_address_is_shown_without_its_password(address: str, shown: str) -> None:
    assert location(address) == shown
    assert "cr" not in location(address)


def test_what_is_no_address_is_refused_without_showing_the_password() -> None:
    with pytest.raises(ConfigError, match="postgresql://USER@HOST") as raised:
        Pool("postgresql://news:s3cret@db.example/news?no_such_option=1")
    assert "s3cret" not in str(raised.value)


def test_a_transaction_is_all_or_nothing(postgres: str) -> None:
    with Pool(postgres) as pool:
        pool.write(lambda connection: connection.execute("CREATE TABLE public.held (n int)"))

        def fail(connection: Connection) -> None:
            connection.execute("INSERT INTO public.held VALUES (1)")
            raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            pool.write(fail)
        assert pool.rows("SELECT count(*) FROM public.held") == [(0,)]


def test_a_closed_pool_leaves_the_connections_to_others(postgres: str) -> None:
    with Pool(postgres) as one:
        two = Pool(postgres)
        two.close()
        two.close()
        assert one.rows("SELECT 1") == [(1,)]


def test_transactions_in_each_others_way_are_done_again(postgres: str) -> None:
    with Pool(postgres) as pool:
        pool.write(lambda connection: connection.execute("CREATE TABLE public.tally (id int PRIMARY KEY, n int NOT NULL)"))
        pool.write(lambda connection: connection.execute("INSERT INTO public.tally VALUES (1, 0), (2, 0)"))

        def add(order: list[int]) -> None:
            for _ in range(20):
                pool.write(
                    lambda connection: [
                        connection.execute(f"UPDATE public.tally SET n = n + 1 WHERE id = {n}".encode()) for n in order
                    ]
                )

        threads = [Thread(target=add, args=([1, 2],)), Thread(target=add, args=([2, 1],))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert pool.rows("SELECT n FROM public.tally ORDER BY id") == [(40,), (40,)]


def test_broken_connections_are_replaced(postgres: str) -> None:
    with Pool(postgres) as pool:
        with pytest.raises(StoreError, match="lost the connection to the PostgreSQL server"), pool.connection() as connection:
            connection.execute("SELECT pg_terminate_backend(pg_backend_pid())")
        with pool.connection() as one, pool.connection() as other:
            other.execute(b"SELECT pg_terminate_backend(%s)", [one.info.backend_pid])
        assert pool.rows("SELECT 1") == [(1,)]


@pytest.mark.torture
def test_a_server_that_went_away_is_told_and_found_again_by_itself() -> None:
    with running() as server, Pool(server.address()) as pool:
        assert pool.rows("SELECT 1") == [(1,)]
        server.stop(how="immediate")
        for _ in range(2):
            with pytest.raises(
                StoreError, match=r"cannot reach the PostgreSQL server 'postgresql://postgres@.*see that it runs"
            ):
                pool.rows("SELECT 1")
        server.start()
        assert pool.rows("SELECT 1") == [(1,)]
        server.stop()
        server.start()
        assert pool.rows("SELECT 1") == [(1,)]


def test_steps_are_taken_once_and_in_order(postgres: str) -> None:
    steps = [
        "CREATE TABLE newsrag.things (n int)",
        lambda connection: connection.execute("INSERT INTO newsrag.things VALUES (7)"),
    ]
    with Pool(postgres) as pool:
        assert (version_of(pool, "things"), migrate(pool, "things", steps[:1]), migrate(pool, "things", steps)) == (0, 1, 1)
        assert (migrate(pool, "things", steps), version_of(pool, "things")) == (0, 2)
        assert pool.rows("SELECT n FROM things") == [(7,)]
        with pytest.raises(MismatchError, match="version 2, and this program knows 1"):
            migrate(pool, "things", steps[:1])


def test_a_step_that_fails_leaves_what_was_there(postgres: str) -> None:
    def fail(_connection: object) -> None:
        raise ZeroDivisionError

    with Pool(postgres) as pool:
        with pytest.raises(ZeroDivisionError):
            migrate(pool, "things", ["CREATE TABLE newsrag.things (n int)", fail])
        assert version_of(pool, "things") == 0
        assert migrate(pool, "things", ["CREATE TABLE newsrag.things (n int)"]) == 1
