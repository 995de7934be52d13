"""Training exports and the laps in them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004_exports"
down_revision = "0003_references"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "training_exports",
        sa.Column("made_by", sa.Uuid(), nullable=True),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("car_key", sa.String(length=120), nullable=False),
        sa.Column("track_key", sa.String(length=360), nullable=False),
        sa.Column("quality", sa.String(length=8), nullable=False),
        sa.Column("simulated", sa.Boolean(), nullable=False),
        sa.Column("consent_version", sa.String(length=20), nullable=False),
        sa.Column("until_id", sa.Uuid(), nullable=True),
        sa.Column("after_id", sa.Uuid(), nullable=True),
        sa.Column("parts", sa.Integer(), nullable=False),
        sa.Column("laps_total", sa.Integer(), nullable=False),
        sa.Column("laps_written", sa.Integer(), nullable=False),
        sa.Column("laps_left_out", sa.Integer(), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("pseudonym_key", sa.LargeBinary(), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("state IN ('building', 'done', 'failed')", name=op.f("ck_training_exports_state_known")),
        sa.ForeignKeyConstraint(["made_by"], ["users.id"], name=op.f("fk_training_exports_made_by"), ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_training_exports")),
    )
    op.create_index(op.f("ix_training_exports_made_by"), "training_exports", ["made_by"])
    op.create_table(
        "exported_laps",
        sa.Column("export_id", sa.Uuid(), nullable=False),
        sa.Column("pseudonym", sa.String(length=32), nullable=False),
        sa.Column("lap_id", sa.Uuid(), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["export_id"], ["training_exports.id"], name=op.f("fk_exported_laps_export_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["lap_id"], ["laps.id"], name=op.f("fk_exported_laps_lap_id"), ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("export_id", "pseudonym", name=op.f("pk_exported_laps")),
    )
    op.create_index("ix_exported_laps_lap", "exported_laps", ["lap_id"])
    op.create_index(
        "ix_exported_laps_deleted", "exported_laps", ["export_id"], postgresql_where=sa.text("lap_id IS NULL AND withdrawn_at IS NULL")
    )


def downgrade() -> None:
    """Remove them; the files stay in the object store."""
    op.drop_table("exported_laps")
    op.drop_table("training_exports")
