"""The array types used across the engine. All floats are 64 bit: lap-sized arrays are small and one type means one compile."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]
IntArray = npt.NDArray[np.int64]
