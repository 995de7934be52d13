"""The database: engine, one transaction per request or job, migrations.

Code never commits. A request's transaction is committed before its answer begins when the status is below 400, and rolled back
otherwise; `keep_changes(request)` keeps them in spite of an error status (a counted failed login). Jobs commit when they return.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache
from typing import Any

import asyncpg
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, make_url, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from web import beside
from web.embedded.binaries import OLDEST
from web.errors import CannotStart
from web.live_connections import watch_connections

_CONNECT_S = 30.0  # a server that recovers from a crash, or starts beside us, is waited for
_PATIENCE_S = 3.0  # how long a request waits for one of the connections before it is told to come again
_MIGRATION_LOCK = 0x5243_0001  # "RC": one process migrates, the others wait
_LOCK_TIMEOUT = "4s"  # a migration that cannot get a table gives up instead of queueing everybody behind it


class Database:
    """Engine and sessions of one process."""

    def __init__(self, url: str, connections: int = 10, *, patience_s: float = _PATIENCE_S) -> None:
        self.url = url
        self.engine: AsyncEngine = create_async_engine(
            sqlalchemy_url(url),
            pool_size=connections,
            max_overflow=0,
            pool_timeout=patience_s,
            hide_parameters=True,  # an error's text, and so the log, would hold people's addresses
            pool_use_lifo=True,  # a few busy connections of the server do better than ten that take turns
            connect_args={"timeout": 10, "server_settings": {"timezone": "UTC", "application_name": "racing-coach"}},
        )
        watch_connections(self.engine)  # after a restart of the server the pool's connections are dead
        self.session_info: dict[str, Any] = {}  # what `session.info` holds: the services of this process
        self._sessions = async_sessionmaker(self.engine, expire_on_commit=False, info=self.session_info)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncSession]:
        """A session whose changes are kept when the block ends without an error."""
        async with self._sessions() as session, session.begin():
            yield session

    def session(self) -> AsyncSession:
        """A session for a request; it takes a connection with its first statement."""
        return self._sessions()

    async def is_ready(self) -> bool:
        """Whether the database answers and has the tables that this version needs.

        A revision that we do not know is a newer one: while an update rolls through several processes, the old ones go on serving.
        """
        try:
            async with self.engine.connect() as connection:
                current = await connection.scalar(text("SELECT version_num FROM alembic_version"))
                return current is not None and (current == newest_revision() or current not in revisions())
        except (SQLAlchemyError, OSError, TimeoutError):
            return False

    async def close(self) -> None:
        """Give all connections back."""
        await self.engine.dispose()


class TransactionMiddleware:
    """`request.state.session`: the transaction of this request."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One transaction around one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        database: Database = scope["app"].state.database
        async with database.session() as session:
            state = scope.setdefault("state", {})
            state["session"] = session

            async def finish_then_send(message: Message) -> None:
                # Before the first byte: nobody is told of something that then is not there.
                if message["type"] == "http.response.start":
                    if message["status"] < 400 or state.get("keep_changes"):
                        await session.commit()
                    else:
                        await session.rollback()
                await send(message)

            await self.app(scope, receive, finish_then_send)


def session_of(request: HTTPConnection) -> AsyncSession:
    """The transaction of this request."""
    session: AsyncSession = request.state.session
    return session


def keep_changes(request: HTTPConnection) -> None:
    """Keep what this request wrote although it ends in an error: a failed attempt that is counted, an audit entry."""
    request.state.keep_changes = True


def sqlalchemy_url(url: str) -> str:
    """The same address for SQLAlchemy over asyncpg."""
    parsed = make_url(url)
    query = {("ssl" if key == "sslmode" else key): value for key, value in parsed.query.items()}
    return parsed.set(drivername="postgresql+asyncpg", query=query).render_as_string(hide_password=False)


async def wait_for_server(url: str, patience_s: float = _CONNECT_S) -> None:
    """Wait until the server answers; CannotStart says in one sentence why it cannot be used, without the password."""
    try:
        place = make_url(url)
        if not place.drivername.startswith("postgres") or not (place.host or place.query.get("host")) or not place.database:
            raise ValueError  # noqa: TRY301
    except (ValueError, SQLAlchemyError):
        raise CannotStart("DATABASE_URL is no address of a PostgreSQL database: expected postgresql://user:password@host/name.") from None
    plain, shown = place.set(drivername="postgresql").render_as_string(hide_password=False), f"{place.host or 'the socket'}"
    until = asyncio.get_running_loop().time() + patience_s
    while True:
        try:
            connection = await asyncpg.connect(plain, timeout=10)
            break
        except (asyncpg.InvalidPasswordError, asyncpg.InvalidAuthorizationSpecificationError, asyncpg.InvalidCatalogNameError) as error:
            raise CannotStart(f"The database at {shown} refuses: {error}.") from None
        except (OSError, TimeoutError, asyncpg.PostgresError) as error:
            if asyncio.get_running_loop().time() > until:
                raise CannotStart(f"The database at {shown} does not answer: {_first_line(error)}.") from None
            await asyncio.sleep(0.2)
    try:
        if connection.get_server_version().major < OLDEST:
            raise CannotStart(
                f"The database at {shown} is PostgreSQL {connection.get_server_version().major}: {OLDEST} or newer is needed."
            )
    finally:
        await connection.close()


async def migrate(url: str, target: str = "head") -> None:
    """Bring the tables to a revision; processes that start together take turns, and a revision is applied whole or not at all."""
    engine = create_async_engine(sqlalchemy_url(url), pool_size=1, max_overflow=0)
    try:
        async with engine.connect() as connection:
            await connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": _MIGRATION_LOCK})
            await connection.execute(text(f"SET lock_timeout = '{_LOCK_TIMEOUT}'"))
            await connection.commit()
            await connection.run_sync(_run_migrations, target)
            await connection.commit()
    finally:
        await engine.dispose()  # closing the connection frees the lock


@cache
def revisions() -> tuple[str, ...]:
    """The revisions that this version knows, oldest first."""
    scripts = ScriptDirectory.from_config(_config())
    return tuple(script.revision for script in scripts.walk_revisions())[::-1]


def newest_revision() -> str:
    """The revision that this version's code needs."""
    return revisions()[-1]


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(beside.folder("migrations")))
    config.set_main_option("path_separator", "os")
    return config


def _run_migrations(connection: Connection, target: str) -> None:
    """Up or down, whichever way the target lies."""
    config = _config()
    config.attributes["connection"] = connection
    current = MigrationContext.configure(connection).get_current_revision()
    if current is not None and current not in revisions():
        raise CannotStart(
            f"A newer version of Racing Coach has brought the database to revision {current}: run that version or a newer one."
        )
    order = ("base", *revisions())
    wanted = order[-1] if target == "head" else target
    if order.index(wanted) < order.index(current or "base"):
        command.downgrade(config, wanted)
    else:
        command.upgrade(config, wanted)


def _first_line(error: BaseException) -> str:
    return (str(error) or type(error).__name__).splitlines()[0].rstrip(".")
