"""An export as one tar archive, made while it is sent: at most one file is in memory."""

from __future__ import annotations

import tarfile
from collections.abc import AsyncIterator


async def tar_stream(files: AsyncIterator[tuple[str, bytes]], folder: str) -> AsyncIterator[bytes]:
    """Files with their names, in one folder. They have no owner and no date: an archive of the same files is the same."""
    async for name, content in files:
        entry = tarfile.TarInfo(f"{folder}/{name}")
        entry.size = len(content)
        yield entry.tobuf(tarfile.USTAR_FORMAT) + content + bytes(-len(content) % tarfile.BLOCKSIZE)
    yield bytes(2 * tarfile.BLOCKSIZE)
