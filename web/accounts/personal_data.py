"""The account itself, to take away or to delete."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from web import audit
from web.accounts import repository
from web.personal_data import ExportedFile


class AccountData:
    """Part of the download and of the deletion; last in order, because the user's row goes with it."""

    contents = (
        "account/account.json: your account, where it is signed in, programs, connected providers; account/events.json: what happened to it"
    )

    async def files(self, session: AsyncSession, user_id: UUID) -> AsyncIterator[ExportedFile]:
        """Two files; hashes and secrets are not in them: they would open the account to whoever finds the file."""
        user = await repository.user_by_id(session, user_id)
        if user is None:
            return
        account = {
            "email": user.email,
            "name": user.name,
            "registered_at": user.created_at.isoformat(),
            "administrator": user.is_admin,
            "second_factor_since": user.totp_confirmed_at.isoformat() if user.totp_confirmed_at else None,
            "providers": [
                {"provider": one.provider, "number_there": one.subject, "since": one.created_at.isoformat()}
                for one in await repository.identities(session, user_id)
            ],
            "browsers": [
                {"browser": one.browser, "signed_in_at": one.created_at.isoformat(), "seen_at": one.seen_at.isoformat()}
                for one in await repository.browser_sessions(session, user_id)
            ],
            "programs": [
                {"program": one.client, "may": one.scopes, "since": one.created_at.isoformat(), "used_at": one.used_at.isoformat()}
                for one in await repository.grants(session, user_id)
            ],
        }
        events = [
            {"at": one.created_at.isoformat(), "event": one.action, "network": one.network, "details": one.details}
            for one in await audit.events_of(session, user_id)
        ]
        for name, content in (("account", account), ("events", events)):
            yield ExportedFile(f"account/{name}.json", json.dumps(content, indent=2, ensure_ascii=False).encode())

    async def erase(self, session: AsyncSession, user_id: UUID) -> Sequence[str]:
        """Delete the user; sessions, tokens, grants, identities and consents go with the row."""
        user = await repository.user_by_id(session, user_id)
        if user is not None:
            await repository.drop_pending_registrations(session, user.email)
            await audit.forget_networks(session, user_id)
            await session.delete(user)
            await session.flush()
        return ("Entries of the audit log (what happened and when) stay for a year, without your account, name or address.",)
