"""What requests and jobs share in one process; `services_of(session)` gives it to whoever has a session."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from web.database import Database
from web.mail.port import Mailer
from web.mail.sender import make_mailer
from web.settings import Settings
from web.storage import Storage


@dataclass(frozen=True, slots=True)
class Services:
    """Settings, database, lap files, mail."""

    settings: Settings
    database: Database
    storage: Storage
    mailer: Mailer

    @classmethod
    def of(cls, settings: Settings, database_url: str) -> Services:
        """As the settings say."""
        made = cls(settings, Database(database_url, settings.database_connections), Storage.of(settings), make_mailer(settings))
        made.database.session_info["services"] = made
        return made


def services_of(session: AsyncSession) -> Services:
    """The services of the process that this session belongs to."""
    services: Services = session.info["services"]
    return services
