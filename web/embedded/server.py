"""The embedded server: one per data folder, a child of this process, started again when it dies, gone when we are gone.

However this process ends, the server ends: asked by SIGINT on a clean stop, by the kernel (PR_SET_PDEATHSIG) after kill -9 on
Linux, by the next start elsewhere. Acknowledged transactions are on disk either way. It listens on 127.0.0.1 only and asks for
a password that only our account can read.
"""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

from coach.errors import CannotWrite
from coach.file_lock import FileLock
from coach.files import make_folder, write_text
from web.embedded import launch
from web.embedded.account import Account, reachable_binaries, server_account
from web.embedded.binaries import find_binaries, major_version
from web.errors import CannotStart

_START_S = 120.0  # recovery after a crash may have to read a lot of log
_STOP_S = 60.0
_POLL_S = 0.02
_AGAIN = 8  # starts in a row that may fail before we give up
_LIVED_S = 10.0  # a server that ran this long is no failed start
_LOG_LIMIT = 10 << 20
# One machine, many small transactions: no compilation of queries, a buffer that fits beside a simulator.
_OPTIONS = {
    "listen_addresses": "127.0.0.1",
    "max_connections": "100",
    "shared_buffers": "128MB",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_error_verbosity": "terse",  # the details of a refused row are what somebody typed
}


class EmbeddedDatabase:
    """The server of one data folder. `start` and `stop` belong to the process that serves; `url_of` is for others on this machine."""

    def __init__(self, data: Path, options: dict[str, str] | None = None) -> None:
        self.data = data.absolute()
        self.cluster = self.data / "postgres"
        self.options = {**_OPTIONS, **(options or {})}
        self.starts = 0  # how often the server was started; more than once: it died under us
        self._lock = FileLock(self.data / "lock")
        self._account: Account | None = None
        self._binaries = Path()
        self._process: subprocess.Popen[bytes] | None = None
        self._thread: threading.Thread | None = None
        self._stopping = threading.Event()
        self._first = threading.Event()
        self._fault = ""

    @property
    def url(self) -> str:
        """How to connect to it; the port stays the same when it is started again."""
        return url_of(self.data)

    def start(self) -> str:
        """Set up the folder if it is new, start the server, wait until it answers; returns its address."""
        make_folder(self.data)
        if not self._lock.acquire():
            raise CannotStart(
                f"{self.data} is already served by process {self._lock.signed_by() or 'unknown'}: stop that one, or give another --data."
            )
        try:
            self._lock.sign()
            self._prepare()
            # The thread that starts the server must live as long as the server is wanted: the kernel takes its end for the parent's.
            self._thread = threading.Thread(target=self._keep_running, name="embedded-postgres", daemon=True)
            self._thread.start()
            self._first.wait()
            if self._fault:
                raise CannotStart(self._fault)  # noqa: TRY301 - said by the thread, raised here
        except BaseException:
            self.stop()
            raise
        return self.url

    def stop(self) -> None:
        """Fast shutdown: open transactions are rolled back, everything acknowledged is kept."""
        self._stopping.set()
        if self._process is not None and self._process.poll() is None:
            _ask_to_stop(self._process.pid, self._binaries, self.cluster)
        if self._thread is not None:
            self._thread.join(_STOP_S)
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
            self._process.wait()
        self._lock.release()

    @property
    def pid(self) -> int:
        """Process id of the running server."""
        return self._process.pid if self._process is not None else 0

    def _prepare(self) -> None:
        account = server_account()
        if account is not None and (barred := account.can_enter(self.data)):
            raise CannotStart(
                f"As root the database runs as user {account.name}, who cannot enter {barred}: choose --data elsewhere, such as /var/lib/racing-coach."
            )
        binaries = reachable_binaries(find_binaries(), self.data, account)
        _stop_leftover(self.cluster, binaries)
        if not (self.cluster / "PG_VERSION").exists():
            _make_cluster(self.data, self.cluster, binaries, account)
        kept, ours = int((self.cluster / "PG_VERSION").read_text()), major_version(binaries)
        if kept != ours:
            raise CannotStart(f"{self.cluster} was made by PostgreSQL {kept}, the programs in {binaries} are {ours}: see docs, Update.")
        self._account, self._binaries = account, binaries

    def _keep_running(self) -> None:
        failures = 0
        while not self._stopping.is_set():
            began = time.monotonic()
            port = _kept_port(self.data) if self._first.is_set() else _free_port(_kept_port(self.data))  # others know the port by now
            try:
                write_text(self.data / "postgres-port", str(port))
                self._process = self._spawn(port)
            except (OSError, CannotWrite) as error:
                self._fault = f"The database server cannot be started: {error}."
                break
            self.starts += 1
            if self._answers(port):
                self._first.set()
                self._process.wait()
            if self._stopping.is_set():
                break
            failures = 0 if time.monotonic() - began > _LIVED_S else failures + 1
            if failures >= _AGAIN:
                self._fault = f"The database server does not start; the last lines of {self.data / 'postgres.log'} say why."
                break
            self._stopping.wait(0.1 * failures)
        if self._fault and self._first.is_set():
            os.kill(os.getpid(), signal.SIGTERM)  # nothing can be served any more: stop cleanly, so that a service manager sees it
        self._first.set()

    def _spawn(self, port: int) -> subprocess.Popen[bytes]:
        log = self.data / "postgres.log"
        with os.fdopen(os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "ab") as out:
            if out.tell() > _LOG_LIMIT:
                out.truncate(0)
            options = [
                part
                for name, value in {**self.options, "port": str(port), "unix_socket_directories": ""}.items()
                for part in ("-c", f"{name}={value}")
            ]
            program = [str(self._binaries / "postgres"), "-D", str(self.cluster), *options]
            who = self._account
            launcher = [
                sys.executable,
                "-I",
                "-S",
                launch.__file__,
                str(os.getpid()),
                str(who.uid if who else -1),
                str(who.gid if who else -1),
            ]
            # A session of its own, so that Ctrl-C in the terminal reaches us and not the server: we stop it when nobody needs it.
            return subprocess.Popen(  # noqa: S603 - our own programs
                [*launcher, *program], stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True, cwd="/" if who else None
            )

    def _answers(self, port: int) -> bool:
        until = time.monotonic() + _START_S
        while time.monotonic() < until and self._process is not None and self._process.poll() is None:
            if _status_of(self.cluster) == "ready" and _accepts(port):
                return True
            time.sleep(_POLL_S)
        return False


def url_of(data: Path) -> str:
    """How to connect to the server of a data folder; CannotStart when nobody serves it."""
    try:
        password = (data / "postgres-password").read_text(encoding="ascii").strip()
        port = int((data / "postgres-port").read_text())
    except (OSError, ValueError) as error:
        raise CannotStart(f"{data} is not served: start `racing-coach serve` there first, or set DATABASE_URL.") from error
    return f"postgresql://postgres:{password}@127.0.0.1:{port}/postgres"


def _make_cluster(data: Path, cluster: Path, binaries: Path, account: Account | None) -> None:
    """A new cluster, made under another name first, so that a kill in between leaves none that is half made."""
    fresh = data / "postgres.new"
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(mode=0o700)
    password = secrets.token_urlsafe(32)
    handed = data / "postgres-password.new"
    handed.unlink(missing_ok=True)
    with os.fdopen(os.open(handed, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
        file.write(password)
    if account is not None:
        account.owns(fresh)
        account.owns(handed)  # read by initdb; given back below
    who = {"user": account.uid, "group": account.gid, "extra_groups": []} if account is not None else {}
    command = [
        binaries / "initdb",
        "-D",
        fresh,
        "-U",
        "postgres",
        "-E",
        "UTF8",
        "--locale-provider=builtin",
        "--locale=C.UTF-8",
        "-A",
        "scram-sha-256",
        f"--pwfile={handed}",
    ]
    made = subprocess.run(command, capture_output=True, text=True, check=False, cwd="/" if account else None, **who)  # type: ignore[call-overload]  # noqa: S603
    if made.returncode != 0:
        said = (made.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise CannotStart(f"The database in {cluster} could not be set up: {said}.")
    if account is not None:
        os.chown(handed, os.geteuid(), os.getegid())
    handed.rename(data / "postgres-password")
    fresh.rename(cluster)


def _status_of(cluster: Path) -> str:
    """What the server says about itself in line 8 of its pid file."""
    with suppress(OSError):
        lines = (cluster / "postmaster.pid").read_text().splitlines()
        return lines[7].strip() if len(lines) > 7 else ""
    return ""


def _stop_leftover(cluster: Path, binaries: Path) -> None:
    """Stop a server that outlived its parent. We hold the folder's lock, so nobody needs it."""
    try:
        pid = int((cluster / "postmaster.pid").read_text().splitlines()[0])
    except (OSError, ValueError, IndexError):
        return
    until = time.monotonic() + _STOP_S
    asked = False
    while _is_server(pid, cluster) and time.monotonic() < until:
        if not asked:
            _ask_to_stop(pid, binaries, cluster)
            asked = True
        time.sleep(_POLL_S)


def _is_server(pid: int, cluster: Path) -> bool:
    """Whether this process is the server of this cluster, and not another that got its number, nor a zombie."""
    if sys.platform == "linux":
        try:
            return os.fsencode(cluster) in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        except OSError:
            return False
    try:
        os.kill(pid, 0)
    except OSError:
        return False
    return True


def _ask_to_stop(pid: int, binaries: Path, cluster: Path) -> None:
    if sys.platform == "win32":
        subprocess.run([binaries / "pg_ctl.exe", "stop", "-m", "fast", "-D", cluster], capture_output=True, check=False)  # noqa: S603
    else:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGINT)


def _kept_port(data: Path) -> int:
    try:
        return int((data / "postgres-port").read_text())
    except (OSError, ValueError):
        return 0


def _free_port(wanted: int) -> int:
    """The wanted port where it is free, otherwise any free one."""
    for port in (wanted, 0):
        with socket.socket() as probe, suppress(OSError):
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", port))
            return int(probe.getsockname()[1])
    return 0


def _accepts(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1):
            return True
    except OSError:
        return False
