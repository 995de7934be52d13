"""The service's address: encrypted, or inside the driver's own network."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

from coach.errors import BadInput


def service_address(text: str) -> str:
    """The address as scheme and host. BadInput: it is none, or tokens and laps would cross the internet unencrypted."""
    parts = urlsplit(text.strip())
    try:
        port = parts.port
    except ValueError:
        port = -1
    if parts.scheme not in {"http", "https"} or not parts.hostname or port == -1 or parts.username or parts.path.strip("/") or parts.query:
        raise BadInput(f"{text} is no address of a service: expected https://coach.example.org")
    if parts.scheme == "http" and not _is_near(parts.hostname):
        raise BadInput(f"{text} is not encrypted: use https:// (plain http only works inside your own network)")
    return f"{parts.scheme}://{parts.netloc}"


def _is_near(host: str) -> bool:
    if host == "localhost" or host.endswith((".local", ".lan", ".home.arpa")):
        return True
    try:
        return ipaddress.ip_address(host).is_private
    except ValueError:
        return False
