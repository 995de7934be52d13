"""The service as one ASGI application: routes of every slice, what each request passes, what lives as long as the process."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.routing import BaseRoute, Mount

import web.tasks  # noqa: F401 - registers the jobs
from web.accounts import api as accounts_api
from web.accounts import pages as accounts
from web.accounts.authentication import AuthenticationMiddleware
from web.accounts.context import AccountsContext
from web.accounts.personal_data import AccountData
from web.admin import pages as admin
from web.consent import api as consent_api
from web.consent import pages as consent
from web.consent.personal_data import ConsentData
from web.database import TransactionMiddleware
from web.docs_pages import pages as docs_pages
from web.errors import ServiceError
from web.exports import api as exports_api
from web.exports import pages as exports
from web.exports.personal_data import ExportData
from web.health import pages as health
from web.home import pages as home
from web.http.body import BodyLimitMiddleware
from web.http.cors import ApiCorsMiddleware
from web.http.downloads import Downloads
from web.http.errors import ErrorMiddleware, http_error, service_error
from web.http.headers import HeadersMiddleware
from web.http.limits import LimitsMiddleware
from web.http.observe import Figures, ObserveMiddleware
from web.http.origin import OriginMiddleware
from web.http.static import StaticAssets
from web.jobs.worker import Worker
from web.laps import api as laps_api
from web.laps import pages as laps
from web.laps.personal_data import LapData
from web.personal_data import PersonalData
from web.references import api as references_api
from web.references import pages as references
from web.references.personal_data import ReferenceData
from web.services import Services
from web.settings import Settings


def routes() -> list[BaseRoute]:
    """Routes of every slice."""
    return [
        *home.routes,
        *accounts.routes,
        *accounts_api.routes,
        *consent.routes,
        *consent_api.routes,
        *admin.routes,
        *laps.routes,
        *laps_api.routes,
        *references.routes,
        *references_api.routes,
        *exports.routes,
        *exports_api.routes,
        *health.routes,
        *docs_pages.routes,
        Mount("/static", StaticAssets(), name="static"),
    ]


def personal_data() -> list[PersonalData]:
    """What each room keeps about people, to take away and to delete; the account itself goes last."""
    return [ReferenceData(), ExportData(), LapData(), ConsentData(), AccountData()]


def create_app(settings: Settings, database_url: str) -> Starlette:
    """The application. The database must have been migrated."""

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        services = Services.of(settings, database_url)
        app.state.services, app.state.database = services, services.database
        worker = Worker(services) if settings.worker else None
        working = asyncio.create_task(worker.run()) if worker else None
        try:
            yield
        finally:
            if worker and working:
                await worker.finish(working)
            await services.database.close()

    figures = Figures()
    app = Starlette(
        routes=routes(),
        middleware=[
            Middleware(ObserveMiddleware, figures=figures),
            Middleware(HeadersMiddleware, settings=settings),
            Middleware(ErrorMiddleware),
            Middleware(BodyLimitMiddleware, max_body_size=settings.max_body_kb * 1000),
            Middleware(LimitsMiddleware, settings=settings),
            Middleware(OriginMiddleware, settings=settings),
            Middleware(ApiCorsMiddleware, settings=settings),
            Middleware(TransactionMiddleware),
            Middleware(AuthenticationMiddleware),
        ],
        exception_handlers={ServiceError: service_error, HTTPException: http_error},
        lifespan=lifespan,
    )
    app.state.accounts = AccountsContext.build(settings)
    app.state.personal_data = personal_data()
    app.router.redirect_slashes = False  # a redirect would be made from the Host header, which anybody may send
    app.state.downloads = Downloads(settings.database_connections)
    app.state.settings, app.state.figures, app.state.stopping = settings, figures, False
    return app
