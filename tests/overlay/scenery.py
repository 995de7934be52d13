"""Pictures that stand for the game behind the overlay: a bright noon and a dark night, by formulas, with fine detail as in a photograph."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPainterPath, QPen, QPolygonF


def scenery(width: int, height: int, *, bright: bool) -> QImage:
    """Sky, hills, trees, a track with kerbs, and a cockpit's edge. Deterministic."""
    rng = np.random.default_rng(4)
    small = rng.normal(size=(height // 10 + 2, width // 16 + 2))
    rows, columns = np.arange(height) / 10, np.arange(width) / 16
    across = np.array([np.interp(columns, np.arange(small.shape[1]), row) for row in small])
    i = rows.astype(int)
    coarse = across[i] + (across[i + 1] - across[i]) * (rows - i)[:, None]
    fine = rng.normal(size=(height, width))
    y = np.linspace(0, 1, height)[:, None]
    x = np.linspace(0, 1, width)[None, :]
    horizon = 0.47
    hill = horizon - 0.05 - 0.035 * np.sin(9 * x + 1) - 0.02 * np.sin(23 * x)
    trees = horizon - 0.02 - 0.015 * np.abs(np.sin(160 * x)) - 0.01 * np.abs(np.sin(61 * x))
    sky = np.stack(np.broadcast_arrays(0.36 + 0.55 * y / horizon, 0.58 + 0.36 * y / horizon, 0.90 + 0.08 * y / horizon), -1)
    picture = sky.astype(float)
    cloud = np.clip(np.sin(7 * x + 3 * np.sin(9 * y)) * np.sin(31 * y + 2 * x) - 0.2, 0, 1)[..., None]
    picture = picture * (1 - 0.7 * cloud) + 0.7 * cloud

    def lay(mask: np.ndarray, colour: tuple[float, float, float], grain: float) -> None:
        noise = (coarse * 0.6 + fine * 0.4)[..., None] * grain
        picture[mask] = (np.array(colour) + noise)[np.broadcast_to(mask, (height, width))]

    lay(np.broadcast_to(y > hill, (height, width)), (0.42, 0.52, 0.42), 0.02)
    lay(np.broadcast_to(y > trees, (height, width)), (0.16, 0.27, 0.13), 0.05)
    lay(np.broadcast_to(y > horizon, (height, width)), (0.45, 0.56, 0.24), 0.05)
    depth = np.clip((y - horizon) / (1 - horizon), 1e-3, 1)
    centre = 0.5 + 0.10 * (1 - depth) ** 2
    half = 0.02 + 0.62 * depth
    on_track = (y > horizon) & (np.abs(x - centre) < half)
    lay(on_track, (0.56, 0.55, 0.54), 0.03)
    kerb = (y > horizon) & (np.abs(np.abs(x - centre) - half) < 0.02 * depth + 0.001)
    stripes = (np.floor(6 / depth) % 2 == 0) & kerb
    picture[kerb] = (0.93, 0.93, 0.93)
    picture[stripes] = (0.82, 0.13, 0.12)
    picture[(y > horizon) & (np.abs(np.abs(x - centre) - half * 0.93) < 0.006 * depth)] = (0.97, 0.97, 0.97)
    if not bright:
        lamp = np.exp(-(((x - 0.5) / 0.25) ** 2 + ((y - 0.72) / 0.22) ** 2))[..., None]
        picture = picture * (0.05 + 0.55 * lamp) + np.array((0.01, 0.012, 0.03))
    data = np.ascontiguousarray((np.clip(picture, 0, 1) * 255).astype(np.uint8))
    image = QImage(data.data, width, height, 3 * width, QImage.Format.Format_RGB888).convertToFormat(QImage.Format.Format_RGB32)
    _cockpit(image, bright=bright)
    return image


def _cockpit(image: QImage, *, bright: bool) -> None:
    """Dashboard, wheel rim, pillars and mirror as dark shapes."""
    w, h = image.width(), image.height()
    mid, u = w / 2, h / 1080
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(26, 27, 30) if bright else QColor(8, 8, 10))
    dash = QPainterPath(QPointF(0, h))
    dash.lineTo(0, h * 0.86)
    dash.cubicTo(mid - 600 * u, h * 0.74, mid - 300 * u, h * 0.72, mid, h * 0.72)
    dash.cubicTo(mid + 300 * u, h * 0.72, mid + 600 * u, h * 0.74, w, h * 0.86)
    dash.lineTo(w, h)
    painter.drawPath(dash)
    for side in (-1, 1):
        painter.drawPolygon(QPolygonF([QPointF(mid + side * k * u, y * u) for k, y in ((820, 0), (900, 0), (960, 900), (940, 900))]))
    painter.setBrush(QColor(40, 41, 45) if bright else QColor(14, 14, 17))
    painter.drawRoundedRect(int(mid - 170 * u), 0, int(340 * u), int(46 * u), 8, 8)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(QColor(15, 15, 17), 44 * u))
    painter.drawEllipse(QPointF(mid, h * 1.06), 330 * u, 330 * u)
    painter.end()
