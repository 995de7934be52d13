"""Revisions on tables that hold a driver's laps: down past later rooms and up again, nothing of the laps is lost."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import asyncpg

from tests.web.conftest import fresh_database
from tests.web.laps.conftest import FILED
from web.database import migrate, revisions
from web.settings import Settings

TABLES = ("users", "uploads", "tracks", "combinations", "drives", "laps", "lap_comparisons", "consent_records")


async def rows(url: str) -> dict[str, list[tuple[Any, ...]]]:
    connection = await asyncpg.connect(url)
    try:
        return {table: [tuple(row) for row in await connection.fetch(f"SELECT * FROM {table} ORDER BY id")] for table in TABLES}
    finally:
        await connection.close()


async def test_rows_of_laps_outlive_revisions_down_and_up(filed_template: tuple[Settings, UUID, str], postgres: str) -> None:
    assert filed_template
    async with fresh_database(postgres, FILED) as url:
        before = await rows(url)
        assert len(before["laps"]) == 7
        chain = revisions()
        for revision in reversed(chain[chain.index("0002_laps") : -1]):
            await migrate(url, revision)
            assert await rows(url) == before
        await migrate(url)
        assert await rows(url) == before
