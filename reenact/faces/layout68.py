"""The 68-point layout of facial landmarks (iBUG 300-W), in which dlib gives them. Left and right are the viewer's."""

from __future__ import annotations

POINTS = 68
COORDINATES = 2 * POINTS
"""x0, y0, x1, y1, ..."""
JAW_POINTS = 17
"""Points 0 to 16, from ear to ear."""
OUTER_EYES = (36, 45)
"""The outer corners of the eyes; their distance is the unit of many errors."""
