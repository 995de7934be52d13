"""Every slice's jobs: importing this registers them. A slice adds one line."""

from __future__ import annotations

import web.accounts.tasks
import web.exports.tasks
import web.jobs.run
import web.laps.tasks
import web.mail.compose  # noqa: F401 - each import registers
