"""The queue of background jobs, as pgqueuer 1.6 lays it out, and our own count of attempts.

A later pgqueuer whose layout differs needs a revision of its own that runs its upgrade; a test compares the two.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from pgqueuer.adapters.persistence.qb import QueryBuilderEnvironment
from sqlalchemy.util import await_only

revision = "0000_jobs"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    _run(QueryBuilderEnvironment().build_install_query())
    op.create_table(
        "job_runs",
        sa.Column("job_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("job_id", name="pk_job_runs"),
    )
    op.create_index("ix_job_runs_done_at", "job_runs", ["done_at"])


def downgrade() -> None:
    op.drop_table("job_runs")
    _run(QueryBuilderEnvironment().build_uninstall_query())


def _run(script: str) -> None:
    """Several statements at once, which the driver takes on its plain path only.

    SQLAlchemy sends BEGIN with the first statement it sees itself: without one, the script would run outside the transaction.
    """
    connection = op.get_bind()
    connection.execute(sa.text("SELECT 1"))
    driver = connection.connection.driver_connection
    assert driver is not None
    await_only(driver.execute(script))
