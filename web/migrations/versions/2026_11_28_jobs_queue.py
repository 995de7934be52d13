"""The queue of background jobs, as pgqueuer 1.6 lays it out.

A later pgqueuer whose layout differs needs a revision of its own that runs its upgrade; a test compares the two.
"""

from __future__ import annotations

from alembic import op
from pgqueuer.adapters.persistence.qb import QueryBuilderEnvironment
from sqlalchemy import text
from sqlalchemy.util import await_only

revision = "0000_jobs"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables, types and triggers of the queue."""
    _run(QueryBuilderEnvironment().build_install_query())


def downgrade() -> None:
    """Remove them."""
    _run(QueryBuilderEnvironment().build_uninstall_query())


def _run(script: str) -> None:
    """Several statements at once, which the driver takes on its plain path only.

    SQLAlchemy sends BEGIN with the first statement it sees itself: without one, the script would run outside the transaction.
    """
    connection = op.get_bind()
    connection.execute(text("SELECT 1"))
    driver = connection.connection.driver_connection
    assert driver is not None
    await_only(driver.execute(script))
