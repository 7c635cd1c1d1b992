"""The 68-point layout of facial landmarks (iBUG 300-W), in which dlib gives them. Left and right are the viewer's."""

from __future__ import annotations

POINTS = 68
COORDINATES = 2 * POINTS
"""x0, y0, x1, y1, ..."""
JAW_POINTS = 17
"""Points 0 to 16, from ear to ear."""
OUTER_EYES = (36, 45)
"""The outer corners of the eyes; their distance is the unit of many errors."""
EYES = (slice(36, 42), slice(42, 48))
MOUTH = slice(48, 68)
MIRRORED = (
    *range(16, -1, -1),  # jaw
    *range(26, 16, -1),  # brows
    *range(27, 31),  # nose bridge
    *range(35, 30, -1),  # nostrils
    *(45, 44, 43, 42, 47, 46, 39, 38, 37, 36, 41, 40),  # eyes
    *(54, 53, 52, 51, 50, 49, 48, 59, 58, 57, 56, 55),  # outer lip
    *(64, 63, 62, 61, 60, 67, 66, 65),  # inner lip
)
"""The point on the other side of the face, for each point."""
