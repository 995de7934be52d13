from __future__ import annotations

import io
import tarfile
from pathlib import Path

import pytest
from sqlalchemy import text

from tests.web.conftest import fresh_database
from web.backup.archive import NoBackup, back_up, check, restore
from web.database import Database
from web.settings import Settings
from web.storage import Storage


@pytest.fixture
def here(tmp_path: Path) -> Settings:
    (tmp_path / "here").mkdir()
    (tmp_path / "here" / "secret").write_text("kept as it was")
    return Settings(data=tmp_path / "here")


@pytest.fixture
def there(tmp_path: Path) -> Settings:
    (tmp_path / "there").mkdir()
    return Settings(data=tmp_path / "there")


async def fill(settings: Settings, url: str, rows: int = 500) -> None:
    database = Database(url, 2)
    async with database.transaction() as session:
        await session.execute(text("CREATE TABLE kept (id int PRIMARY KEY, said text NOT NULL)"))
        await session.execute(text("INSERT INTO kept SELECT i, 'Größe ' || i FROM generate_series(1, :n) AS i"), {"n": rows})
    await database.close()
    for i in range(12):
        await Storage.of(settings).put(f"laps/{i:02d}.parquet", bytes([i]) * 5000)


async def rows_of(url: str) -> list[tuple[int, str]]:
    database = Database(url, 2)
    async with database.transaction() as session:
        found = [(row.id, row.said) for row in await session.execute(text("SELECT id, said FROM kept ORDER BY id"))]
    await database.close()
    return found


async def test_what_was_backed_up_and_destroyed_comes_back_as_it_was(here, there, database_url, postgres, tmp_path):
    await fill(here, database_url)
    out = tmp_path / "backup.tar"
    made = await back_up(here, database_url, out)
    assert made.files == 12
    assert out.stat().st_mode & 0o077 == 0
    async with fresh_database(postgres, "template0") as empty:
        await restore(there, empty, out)
        assert await rows_of(empty) == await rows_of(database_url)
        fresh = Database(empty, 2)
        assert await fresh.is_ready()
        await fresh.close()
    assert (there.data / "secret").read_text() == "kept as it was"
    for i in range(12):
        assert await Storage.of(there).get(f"laps/{i:02d}.parquet") == bytes([i]) * 5000


async def test_a_database_that_holds_something_is_left_alone(here, database_url, tmp_path):
    await fill(here, database_url)
    await back_up(here, database_url, tmp_path / "backup.tar")
    with pytest.raises(NoBackup, match="not empty"):
        await restore(here, database_url, tmp_path / "backup.tar")
    assert len(await rows_of(database_url)) == 500


@pytest.mark.parametrize("cut", [0.2, 0.5, 0.97])
async def test_a_backup_that_was_cut_short_is_refused_before_anything_is_changed(here, there, database_url, postgres, tmp_path, cut):
    await fill(here, database_url)
    out = tmp_path / "backup.tar"
    await back_up(here, database_url, out)
    whole = out.read_bytes().rstrip(b"\0")
    out.write_bytes(whole[: int(cut * len(whole))])
    async with fresh_database(postgres, "template0") as empty:
        with pytest.raises(NoBackup):
            await restore(there, empty, out)
    assert not (there.data / "secret").exists()


async def test_a_changed_byte_is_found(here, database_url, tmp_path):
    await fill(here, database_url)
    out = tmp_path / "backup.tar"
    await back_up(here, database_url, out)
    with tarfile.open(out) as tar:
        place = tar.getmember("files/laps/07.parquet").offset_data
    content = bytearray(out.read_bytes())
    content[place + 17] ^= 1
    out.write_bytes(content)
    with pytest.raises(NoBackup, match=r"07\.parquet"):
        check(out)


async def test_what_is_no_backup_is_called_so(tmp_path):
    (tmp_path / "lap.tar").write_bytes(b"not a tar file at all" * 100)
    with pytest.raises(NoBackup, match="no complete backup"):
        check(tmp_path / "lap.tar")


@pytest.mark.parametrize("name", ["files/laps/99.parquet", "files/laps/07.parquet", "secret"])
async def test_what_its_list_does_not_name_is_not_restored(here, database_url, tmp_path, name):
    await fill(here, database_url)
    out = tmp_path / "backup.tar"
    await back_up(here, database_url, out)
    with tarfile.open(out, "a") as tar:
        entry = tarfile.TarInfo(name)
        entry.size = 4
        tar.addfile(entry, io.BytesIO(b"more"))
    with pytest.raises(NoBackup):
        check(out)


async def test_what_an_earlier_try_left_behind_opens_a_backup_to_nobody(here, database_url, tmp_path):
    await fill(here, database_url)
    elsewhere = tmp_path / "elsewhere"
    (tmp_path / ".backup.tar.part").symlink_to(elsewhere)
    await back_up(here, database_url, tmp_path / "backup.tar")
    assert (tmp_path / "backup.tar").stat().st_mode & 0o077 == 0
    assert not elsewhere.exists()
