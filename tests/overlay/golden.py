"""Golden pictures: compare with the blessed one tolerantly, or bless (`make bless`), saying what changed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PySide6.QtGui import QColor, QImage, QPainter

FOLDER = Path(__file__).parent / "golden"
CHANNEL_TOLERANCE = 24  # of 255: rasterisers round the edge of a glyph differently
SHARE_TOLERANCE = 0.0004  # of all pixels: one changed small digit is more than that, a test shows
BEHIND = QColor("#5a6b7a")  # a middling picture behind the glass, so that transparency counts, too


def array_of(image: QImage) -> np.ndarray:
    """Pixels, shape (height, width, 3)."""
    image = image.convertToFormat(QImage.Format.Format_RGB32)
    data = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine() // 4, 4)
    return data[:, : image.width(), :3].astype(int)


def flattened(image: QImage) -> QImage:
    """A transparent picture over an opaque ground."""
    out = QImage(image.size(), QImage.Format.Format_RGB32)
    out.fill(BEHIND)
    painter = QPainter(out)
    painter.drawImage(0, 0, image)
    painter.end()
    return out


def difference(a: np.ndarray, b: np.ndarray) -> float:
    """Share of pixels that differ visibly; 1 where the sizes differ."""
    if a.shape != b.shape:
        return 1.0
    return float(np.mean(np.abs(a - b).max(axis=2) > CHANNEL_TOLERANCE))


def check(image: QImage, name: str, *, bless: bool, keep: Path) -> None:
    """Compare with the golden picture of this name; the actual one is kept where it failed."""
    golden, actual = FOLDER / f"{name}.png", flattened(image)
    share = difference(array_of(QImage(str(golden))), array_of(actual)) if golden.exists() else 1.0
    if bless:
        if share > 0:
            FOLDER.mkdir(exist_ok=True)
            assert actual.save(str(golden))
            print(f"blessed {golden.name}: {share:.1%} of its pixels changed")
        return
    assert golden.exists(), f"no golden picture {golden.name}: look at it, then `make bless`"
    if share > SHARE_TOLERANCE:
        actual.save(str(keep / golden.name))
        raise AssertionError(f"{share:.2%} of the pixels of {golden.name} changed; the new one is {keep / golden.name}")
