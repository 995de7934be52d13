"""Runs of jobs: how often each was begun, and whether it was kept."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger
from sqlalchemy.orm import Mapped, mapped_column

from web.models.base import Base, now


class JobRun(Base):
    """One job of the queue, by the queue's id."""

    __tablename__ = "job_runs"

    job_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    name: Mapped[str]
    attempts: Mapped[int]
    begun_at: Mapped[datetime] = mapped_column(default=now)
    done_at: Mapped[datetime | None] = mapped_column(index=True)
