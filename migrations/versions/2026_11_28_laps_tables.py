"""Laps: uploads, tracks, combinations, drives, laps and their comparisons."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002_laps"
down_revision = "0001_accounts"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "tracks",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("simulator", sa.String(length=120), nullable=False),
        sa.Column("track_key", sa.String(length=360), nullable=False),
        sa.Column("name", sa.String(length=240), nullable=False),
        sa.Column("simulated", sa.Boolean(), nullable=False),
        sa.Column("length_m", sa.Double(), nullable=False),
        sa.Column("map_version", sa.Integer(), nullable=False),
        sa.Column("map_laps", sa.Integer(), nullable=False),
        sa.Column("map_packed", sa.LargeBinary(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_tracks_user_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tracks")),
        sa.UniqueConstraint("user_id", "simulator", "track_key", "simulated", name=op.f("uq_tracks_user_id_simulator_track_key_simulated")),
    )
    op.create_table(
        "combinations",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("track_id", sa.Uuid(), nullable=False),
        sa.Column("car_key", sa.String(length=120), nullable=False),
        sa.Column("car_name", sa.String(length=120), nullable=False),
        sa.Column("laps", sa.Integer(), nullable=False),
        sa.Column("clean_laps", sa.Integer(), nullable=False),
        sa.Column("best_time_s", sa.Double(), nullable=True),
        sa.Column("best_lap_id", sa.Uuid(), nullable=True),
        sa.Column("last_driven_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["track_id"], ["tracks.id"], name=op.f("fk_combinations_track_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_combinations_user_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_combinations")),
        sa.UniqueConstraint("user_id", "track_id", "car_key", name=op.f("uq_combinations_user_id_track_id_car_key")),
    )
    op.create_index("ix_combinations_track", "combinations", ["track_id"], unique=False)
    op.create_table(
        "drives",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("combination_id", sa.Uuid(), nullable=False),
        sa.Column("session_key", sa.String(length=80), nullable=False),
        sa.Column("session_type", sa.String(length=120), nullable=False),
        sa.Column("driven_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("laps", sa.Integer(), nullable=False),
        sa.Column("clean_laps", sa.Integer(), nullable=False),
        sa.Column("best_time_s", sa.Double(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["combination_id"], ["combinations.id"], name=op.f("fk_drives_combination_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_drives_user_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_drives")),
        sa.UniqueConstraint("user_id", "session_key", "combination_id", name=op.f("uq_drives_user_id_session_key_combination_id")),
    )
    op.create_index("ix_drives_combination_driven", "drives", ["combination_id", "driven_at"], unique=False)
    op.create_index(
        "ix_drives_user_driven", "drives", ["user_id", sa.literal_column("driven_at DESC"), sa.literal_column("id DESC")], unique=False
    )
    op.create_table(
        "uploads",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("size_bytes", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("says", sa.String(length=600), nullable=False),
        sa.Column("laps_new", sa.Integer(), nullable=False),
        sa.Column("laps_known", sa.Integer(), nullable=False),
        sa.Column("incomplete", sa.Integer(), nullable=False),
        sa.Column("drive_id", sa.Uuid(), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("consent_id", sa.Uuid(), nullable=True),
        sa.Column("may_train", sa.Boolean(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("state IN ('waiting', 'done', 'refused')", name=op.f("ck_uploads_state_known")),
        sa.ForeignKeyConstraint(["consent_id"], ["consent_records.id"], name=op.f("fk_uploads_consent_id"), ondelete="SET NULL"),
        sa.ForeignKeyConstraint(["drive_id"], ["drives.id"], name=op.f("fk_uploads_drive_id"), ondelete="SET NULL"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_uploads_user_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_uploads")),
    )
    op.create_index(op.f("ix_uploads_consent_id"), "uploads", ["consent_id"], unique=False)
    op.create_index(op.f("ix_uploads_drive_id"), "uploads", ["drive_id"], unique=False)
    op.create_index("ix_uploads_user_created", "uploads", ["user_id", sa.literal_column("created_at DESC")], unique=False)
    op.create_index("ix_uploads_user_sha256", "uploads", ["user_id", "sha256"], unique=False)
    op.create_table(
        "laps",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("combination_id", sa.Uuid(), nullable=False),
        sa.Column("drive_id", sa.Uuid(), nullable=False),
        sa.Column("content_hash", sa.String(length=64), nullable=False),
        sa.Column("file_key", sa.String(length=200), nullable=False),
        sa.Column("size_bytes", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(length=40), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("lap_time_s", sa.Double(), nullable=False),
        sa.Column("official_lap_time_s", sa.Double(), nullable=True),
        sa.Column("clean", sa.Boolean(), nullable=False),
        sa.Column("reasons", sa.ARRAY(sa.String(length=60)), nullable=False),
        sa.Column("findings", postgresql.JSONB(), nullable=False),
        sa.Column("sound", sa.Boolean(), nullable=False),
        sa.Column("driven_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("visibility", sa.String(length=8), nullable=False),
        sa.Column("top_speed_mps", sa.Double(), nullable=True),
        sa.Column("fuel_l", sa.Double(), nullable=True),
        sa.Column("track_temp_c", sa.Double(), nullable=True),
        sa.Column("wetness", sa.Double(), nullable=True),
        sa.Column("made_by", sa.String(length=40), nullable=False),
        sa.Column("map_version", sa.Integer(), nullable=False),
        sa.Column("corners", postgresql.JSONB(), nullable=False),
        sa.Column("consent_id", sa.Uuid(), nullable=True),
        sa.Column("may_train", sa.Boolean(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("visibility IN ('private', 'link', 'public')", name=op.f("ck_laps_visibility_known")),
        sa.ForeignKeyConstraint(["combination_id"], ["combinations.id"], name=op.f("fk_laps_combination_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["consent_id"], ["consent_records.id"], name=op.f("fk_laps_consent_id"), ondelete="SET NULL"),
        sa.ForeignKeyConstraint(["drive_id"], ["drives.id"], name=op.f("fk_laps_drive_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_laps_user_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_laps")),
        sa.UniqueConstraint("user_id", "content_hash", name=op.f("uq_laps_user_id_content_hash")),
    )
    op.create_index(
        "ix_laps_combination_clean_time",
        "laps",
        ["combination_id", "lap_time_s", "id"],
        unique=False,
        postgresql_where=sa.text("clean AND sound"),
    )
    op.create_index(
        "ix_laps_combination_driven",
        "laps",
        ["combination_id", sa.literal_column("driven_at DESC"), sa.literal_column("id DESC")],
        unique=False,
    )
    op.create_index("ix_laps_combination_time", "laps", ["combination_id", "lap_time_s", "id"], unique=False)
    op.create_index(op.f("ix_laps_consent_id"), "laps", ["consent_id"], unique=False)
    op.create_index("ix_laps_drive_number", "laps", ["drive_id", "number"], unique=False)
    op.create_index(op.f("ix_laps_made_by"), "laps", ["made_by"], unique=False)
    op.create_index(
        "ix_laps_user_driven", "laps", ["user_id", sa.literal_column("driven_at DESC"), sa.literal_column("id DESC")], unique=False
    )
    op.create_table(
        "lap_comparisons",
        sa.Column("lap_id", sa.Uuid(), nullable=False),
        sa.Column("reference_id", sa.Uuid(), nullable=True),
        sa.Column("made_by", sa.String(length=40), nullable=False),
        sa.Column("map_version", sa.Integer(), nullable=False),
        sa.Column("delta_s", sa.Double(), nullable=True),
        sa.Column("document", postgresql.JSONB(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["lap_id"], ["laps.id"], name=op.f("fk_lap_comparisons_lap_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["reference_id"], ["laps.id"], name=op.f("fk_lap_comparisons_reference_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lap_comparisons")),
        sa.UniqueConstraint(
            "lap_id", "reference_id", name=op.f("uq_lap_comparisons_lap_id_reference_id"), postgresql_nulls_not_distinct=True
        ),
    )
    op.create_index("ix_lap_comparisons_reference", "lap_comparisons", ["reference_id"], unique=False)


def downgrade() -> None:
    """Remove them; the lap files stay in the object store."""
    for table in ("lap_comparisons", "laps", "uploads", "drives", "combinations", "tracks"):
        op.drop_table(table)
