#!/bin/sh
# One backup of the composed service into BACKUP_FOLDER, dated, with the seven newest kept. For cron: 10 3 * * * /srv/racing-coach/docker/backup.sh
set -eu
cd "$(dirname "$0")"
folder=${BACKUP_FOLDER:-./backup}
mkdir -p "$folder"
docker compose run --rm backup
mv "$folder/racing-coach.tar" "$folder/racing-coach-$(date +%Y-%m-%dT%H%M%S).tar"
find "$folder" -name 'racing-coach-*.tar' -type f | sort -r | tail -n +8 | while read -r old; do rm -- "$old"; done
