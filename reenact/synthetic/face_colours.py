"""Colours that need no texture: the eyeball, teeth, tongue and throat, compiled by numba."""

from __future__ import annotations

import numba
import numpy as np

# Where the values of a face's colours begin in one array: radii in decimetres and in parts of the iris, colours linear.
IRIS_RADIUS, PUPIL, LIMBAL, IRIS, SCLERA, TEETH, GUMS, TONGUE, LASHES, FRAME = 0, 1, 2, 3, 6, 9, 12, 15, 18, 21
LENGTH = 24


@numba.njit(cache=True, error_model="numpy")
def soft(low, high, value):
    """0 below low, 1 above high, smooth in between."""
    t = min(max((value - low) / (high - low), 0.0), 1.0)
    return t * t * (3 - 2 * t)


@numba.njit(cache=True, error_model="numpy")
def eye_colour(dx, dy, face, albedo):
    """Fill albedo (3,) of the eyeball at (dx, dy) decimetres from the pupil's centre."""
    radius = np.sqrt(dx * dx + dy * dy) / face[IRIS_RADIUS]
    angle = np.arctan2(dy, dx)
    # The iris: fibres, a lighter ring round the pupil, the dark ring at its rim.
    fibres = 0.86 + 0.10 * np.sin(angle * 23.0) + 0.08 * np.sin(angle * 9.0 + 4.0 * radius)
    inner = 1.0 + 0.35 * soft(face[PUPIL] + 0.28, face[PUPIL], radius)
    iris = fibres * inner * (1 - face[LIMBAL] * soft(0.72, 0.96, radius)) * soft(face[PUPIL] - 0.05, face[PUPIL] + 0.05, radius)
    white = soft(0.92, 1.10, radius)
    corner = min(max((radius - 1.4) / 1.4, 0.0), 1.0)
    for k in range(3):
        redder = 1.0 - (0.12 if k == 0 else 0.38) * corner
        albedo[k] = (1 - white) * (face[IRIS + k] * iris + 0.002) + white * face[SCLERA + k] * redder


@numba.njit(cache=True, error_model="numpy")
def tooth_colour(across, height, face, albedo):
    """Fill albedo (3,) of a tooth at `across` from -1 to 1 and `height` over its edge in parts of the crown; gum above 1."""
    margin = 0.86 + 0.16 * (1 - across * across)  # the gum's scallop: it reaches down between the teeth
    gum = soft(margin - 0.06, margin + 0.06, height)
    # Dark where two teeth meet, most at the edge, where they part; the edge itself is glassy.
    gap = soft(0.72, 1.0, abs(across)) * (0.62 - 0.25 * min(max(height, 0.0), 1.0))
    tooth = (1 - gap) * (1 - 0.10 * soft(0.22, 0.0, height))
    for k in range(3):
        warm = 1.0 - (0.0, 0.05, 0.16)[k] * min(max(height, 0.0), 1.0)
        albedo[k] = (1 - gum) * face[TEETH + k] * tooth * warm + gum * face[GUMS + k] * (1 - 0.3 * gap)


@numba.njit(cache=True, error_model="numpy")
def tongue_colour(x, z, face, albedo):
    """Fill albedo (3,) of the tongue at x and depth z of the average head, decimetres: a groove in the middle, darker backwards."""
    groove = 1 - 0.5 * np.exp(-((x / 0.016) ** 2)) * soft(1.28, 1.18, z)
    buds = 1 + 0.05 * np.sin(x * 61.0 + 9.0 * np.sin(z * 31.0)) * np.sin(z * 83.0 + 7.0 * np.sin(x * 23.0))
    light = (0.12 + 0.88 * soft(0.78, 1.2, z)) * groove * buds
    for k in range(3):
        albedo[k] = face[TONGUE + k] * light


@numba.njit(cache=True, error_model="numpy")
def mouth_colour(x, z, face, albedo):
    """Fill albedo (3,) of the mouth's lining at x and depth z of the average head, decimetres: pink behind the lips, a dark throat."""
    light = 0.08 + 0.75 * soft(0.85, 1.36, z) ** 2
    for k in range(3):
        albedo[k] = face[GUMS + k] * light
