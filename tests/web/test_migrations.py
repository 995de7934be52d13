"""Revisions: one chain, up and down, and at its end the tables that the models describe."""

from __future__ import annotations

import asyncio

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from pgqueuer.adapters.drivers.asyncpg import AsyncpgDriver
from pgqueuer.adapters.persistence.queries import Queries
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import create_async_engine

import web.models
from tests.web.conftest import fresh_database, run_sql
from web.database import Database, _config, migrate, newest_revision, revisions, sqlalchemy_url
from web.errors import CannotStart
from web.models.base import Base

assert web.models


async def tables(url: str) -> list[str]:
    engine = create_async_engine(sqlalchemy_url(url))
    async with engine.connect() as connection:
        names = await connection.scalars(
            text("SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace WHERE nspname = 'public' AND relkind = 'r'")
        )
        found = sorted(set(names) - {"alembic_version"})
    await engine.dispose()
    return found


async def differences(url: str) -> list[object]:
    def compare(connection: Connection) -> list[object]:
        options = {"compare_type": True, "include_name": lambda name, kind, parents: kind != "table" or not name.startswith("pgqueuer")}
        return list(compare_metadata(MigrationContext.configure(connection, opts=options), Base.metadata))

    engine = create_async_engine(sqlalchemy_url(url))
    async with engine.connect() as connection:
        found = await connection.run_sync(compare)
    await engine.dispose()
    return found


def chain() -> list[str]:
    return list(revisions())


def test_revisions_are_one_chain_with_the_queue_first() -> None:
    assert len(ScriptDirectory.from_config(_config()).get_heads()) == 1
    assert chain()[0] == "0000_jobs"
    assert chain()[-1] == newest_revision()


async def test_newest_tables_are_those_of_the_models(database_url: str) -> None:
    assert await differences(database_url) == []


async def test_every_revision_goes_down_and_up_again(postgres: str) -> None:
    async with fresh_database(postgres, "template0") as url:
        seen = []
        for revision in chain():
            await migrate(url, revision)
            seen.append(await tables(url))
        for before, revision in reversed(list(zip(seen, chain(), strict=True))):
            await migrate(url, revision)
            assert await tables(url) == before
        await migrate(url, "base")
        assert await tables(url) == []
        await migrate(url)
        assert await tables(url) == seen[-1]


async def test_processes_that_start_together_take_turns(postgres: str) -> None:
    async with fresh_database(postgres, "template0") as url:
        await asyncio.gather(*[migrate(url) for _ in range(4)])
        assert "job_runs" in await tables(url)


async def test_database_of_a_newer_version_is_served_but_not_migrated(postgres: str) -> None:
    """While an update rolls through several processes, old ones go on; one that starts says why it cannot."""
    async with fresh_database(postgres) as database_url:
        await run_sql(database_url, "UPDATE alembic_version SET version_num = '9999_later'")
        database = Database(database_url)
        assert await database.is_ready()
        with pytest.raises(CannotStart, match="A newer version of Racing Coach"):
            await migrate(database_url)
        await run_sql(database_url, "DELETE FROM alembic_version")
        assert not await database.is_ready()
        await database.close()


async def test_queue_is_as_the_installed_library_wants_it(database_url: str) -> None:
    """Fails when a new pgqueuer lays its tables out differently: then a revision is due that runs its upgrade."""
    import asyncpg

    connection = await asyncpg.connect(database_url)
    plan = await Queries(AsyncpgDriver(connection)).plan_upgrade()
    await connection.close()
    assert not plan.statements
