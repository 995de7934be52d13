"""How log lines are written: for people or as JSON, to standard error, secrets and addresses never."""

from __future__ import annotations

import logging
import re
import sys

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from web.settings import LogFormat, Settings

# Names under which something personal or secret might come along by mistake.
_NEVER = ("password", "secret", "token", "cookie", "authorization", "email", "address", "name", "ip")

_DETAIL = re.compile(r"^(\s*\|?\s*DETAIL:).*$", re.MULTILINE)


def set_up_log(settings: Settings) -> None:
    """One way for our own lines and those of libraries."""
    level = logging.getLevelNamesMapping()[settings.log_level.upper()]
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        without_secrets,
    ]
    # Prettier tracebacks write local variables, which hold what people sent.
    last: list[Processor] = [
        structlog.processors.format_exc_info,
        without_details,
        structlog.processors.JSONRenderer()
        if settings.log_format is LogFormat.JSON
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback),
    ]
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler()
    ending = [structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last]
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(foreign_pre_chain=shared, processors=ending))
    logging.root.handlers[:] = [handler]
    logging.root.setLevel(level)
    for chatty in ("uvicorn", "uvicorn.error", "uvicorn.access", "sqlalchemy.engine", "pgqueuer", "alembic", "asyncio", "httpx"):
        logging.getLogger(chatty).setLevel(max(level, logging.WARNING))


def without_secrets(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:  # noqa: ARG001 - structlog's form
    """Cover values whose key says that nobody should read them."""
    for key in event:
        if any(part in _NEVER for part in key.lower().split("_")):
            event[key] = "[covered]"
    return event


def without_details(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:  # noqa: ARG001 - structlog's form
    """Cover what PostgreSQL says of the row that an error is about: `Key (email)=(ann@example.org) already exists`."""
    if isinstance(event.get("exception"), str):
        event["exception"] = _DETAIL.sub(r"\1 [covered]", event["exception"])
    return event
