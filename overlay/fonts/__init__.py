"""The bundled font files; `overlay.look` loads them."""
