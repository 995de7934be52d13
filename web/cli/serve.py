"""`racing-coach serve`: the site, its database and its worker, with one command."""

from __future__ import annotations

import argparse
import errno
import socket
from contextlib import suppress
from types import FrameType

import uvicorn
from starlette.applications import Starlette

from web.accounts import first_admin
from web.app import create_app
from web.cli.start import add_data_argument, prepare, settings_from, stop_on_terminate
from web.embedded import EmbeddedDatabase
from web.errors import CannotStart
from web.settings import Settings

_GRACE_S = 10  # for answers that are under way
_BACKLOG = 2048


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Only what people change from one start to the next; the rest is in the environment (docs/service-settings.md)."""
    add_data_argument(parser)
    parser.add_argument("--host", help="address to listen on (default: 127.0.0.1, this machine only)")
    parser.add_argument("--port", type=int, help="port to listen on (default: 8000; 0 takes a free one)")
    parser.add_argument(
        "--no-worker", dest="worker", action="store_const", const=False, help="run no jobs here: `racing-coach worker` does"
    )


def run(args: argparse.Namespace) -> None:
    """Serve until interrupted."""
    settings = settings_from(args, "host", "port", "worker")
    stop_on_terminate()
    listener = listen(settings.host, settings.port)
    settings = settings.model_copy(update={"port": listener.getsockname()[1]})
    database = EmbeddedDatabase(settings.data) if settings.embedded else None
    with suppress(KeyboardInterrupt), listener:
        try:
            url = database.start() if database else settings.database_url.get_secret_value()
            prepare(url)
            _serve(settings, url, listener)
        finally:
            if database:
                database.stop()


def listen(host: str, port: int) -> socket.socket:
    """Take the port before anything is started; CannotStart says what is in the way."""
    listener = None
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family, kind, protocol)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(_BACKLOG)
    except OSError as error:
        if listener is not None:
            listener.close()
        if error.errno == errno.EADDRINUSE:
            raise CannotStart(f"Port {port} on {host} is taken by another program: stop it, or give another --port.") from None
        raise CannotStart(f"{host} port {port} cannot be listened on: {error.strerror or error}.") from None
    return listener


class _Server(uvicorn.Server):
    """Says that it is stopping before it stops, so that a proxy sends people elsewhere."""

    def __init__(self, app: Starlette, settings: Settings) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                log_config=None,
                access_log=False,
                server_header=False,
                lifespan="on",
                ws="none",
                timeout_graceful_shutdown=_GRACE_S,
                proxy_headers=bool(settings.trusted_proxies),
                forwarded_allow_ips=list(settings.trusted_proxies),
                backlog=_BACKLOG,
            )
        )
        self._app = app
        self._settings = settings

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Ctrl-C or SIGTERM."""
        self._app.state.stopping = True
        super().handle_exit(sig, frame)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Print where the site is once it can be visited."""
        await super().startup(sockets)
        if self.started:
            print(f"Racing Coach is at {self._settings.origin} (data in {self._settings.data}; Ctrl-C stops it)", flush=True)
            async with self._app.state.database.transaction() as session:
                link = await first_admin.link(session, self._settings)
            if link:
                print(f"Nobody administers it yet. This link makes the first administrator: {link}", flush=True)


def _serve(settings: Settings, url: str, listener: socket.socket) -> None:
    server = _Server(create_app(settings, url), settings)
    server.run([listener])
    if not server.started:
        raise CannotStart("The service did not start; the lines above say why.")
