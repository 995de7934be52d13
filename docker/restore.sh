#!/bin/sh
# Put a backup back into a composed service whose volumes are new: restore.sh backup/racing-coach-DATE.tar
set -eu
file=$(realpath "${1:?which backup, such as backup/racing-coach-2026-01-31T031000.tar}")
cd "$(dirname "$0")"
docker compose up -d database
docker compose run --rm -v "$file:/backup/restore.tar:ro" --entrypoint racing-coach backup restore /backup/restore.tar
docker compose up -d
