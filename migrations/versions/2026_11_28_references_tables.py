"""References: laps offered as references, and which one each driver has chosen."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003_references"
down_revision = "0002_laps"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables, and what finds laps of one car on one track among all drivers'."""
    op.create_table(
        "reference_laps",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("lap_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("licence", sa.String(length=20), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["lap_id"], ["laps.id"], name=op.f("fk_reference_laps_lap_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_reference_laps_user_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reference_laps")),
        sa.UniqueConstraint("lap_id", name=op.f("uq_reference_laps_lap_id")),
    )
    op.create_index(op.f("ix_reference_laps_user_id"), "reference_laps", ["user_id"])
    op.create_table(
        "chosen_references",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("simulator", sa.String(length=120), nullable=False),
        sa.Column("track_key", sa.String(length=360), nullable=False),
        sa.Column("car_key", sa.String(length=120), nullable=False),
        sa.Column("simulated", sa.Boolean(), nullable=False),
        sa.Column("lap_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["lap_id"], ["laps.id"], name=op.f("fk_chosen_references_lap_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_chosen_references_user_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_chosen_references")),
        sa.UniqueConstraint("user_id", "simulator", "track_key", "car_key", "simulated", name="uq_chosen_references_subject"),
    )
    op.create_index(op.f("ix_chosen_references_lap_id"), "chosen_references", ["lap_id"])
    op.create_index("ix_tracks_key", "tracks", ["track_key", "simulator", "simulated"])


def downgrade() -> None:
    """Remove them."""
    op.drop_index("ix_tracks_key", "tracks")
    op.drop_table("chosen_references")
    op.drop_table("reference_laps")
