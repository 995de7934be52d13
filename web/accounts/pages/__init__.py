"""HTML routes of the accounts, one file per way through them."""

from __future__ import annotations

from starlette.routing import BaseRoute

from web.accounts.pages import account, device, providers, registration, signing_in

routes: list[BaseRoute] = [*registration.routes, *signing_in.routes, *providers.routes, *account.routes, *device.routes]
