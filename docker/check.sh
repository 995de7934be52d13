#!/bin/sh
# What can be checked of these files on this machine, with the programs that are here; says what it left out.
set -eu
cd "$(dirname "$0")"
left_out=
here() { command -v "$1" >/dev/null 2>&1 || { left_out="$left_out $1"; return 1; }; }

export SITE=localhost POSTGRES_PASSWORD=p RACING_COACH_SECRET=s SMTP_HOST=mail MAIL_FROM=coach@localhost
if docker compose version >/dev/null 2>&1; then
    docker compose -f compose.yaml --profile watch --profile backup config --quiet && echo "compose.yaml: fine"
elif here docker-compose; then
    docker-compose -f compose.yaml --profile watch --profile backup config --quiet && echo "compose.yaml: fine"
fi
if here hadolint; then hadolint Dockerfile && echo "Dockerfile: fine"; fi
if here caddy; then caddy validate --adapter caddyfile --config Caddyfile >/dev/null 2>&1 && echo "Caddyfile: fine"; fi
if here buildah && [ -n "${PYTHON_IMAGE:-}" ]; then
    # Without a daemon and without rights of its own: PYTHON_IMAGE names a local base, see docs/hosting.md.
    buildah build --format docker --pull-never --isolation chroot --network host ${BUILDAH_OPTIONS:-} --build-arg PYTHON_IMAGE="$PYTHON_IMAGE" -t racing-coach -f Dockerfile .. \
        && echo "image: built"
fi
[ -z "$left_out" ] || echo "Left out, not installed:$left_out"
