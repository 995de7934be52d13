"""Alembic's entry: runs revisions on the connection that `web.database.migrate` hands over, each in its own transaction."""

from __future__ import annotations

from alembic import context

from web.models.base import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    transaction_per_migration=True,
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
