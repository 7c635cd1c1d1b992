"""The inside of the mouth: single teeth in their gums."""

from __future__ import annotations

import numpy as np
from scipy.interpolate import CubicSpline

from reenact.face3d.headmodel import HeadModel
from reenact.face3d.headmodel.blendshapes import BLENDSHAPE_INDEX
from reenact.face3d.headmodel.mesh import PARTS
from reenact.synthetic import shading
from reenact.synthetic.details import Details
from reenact.synthetic.pieces import Piece, anchored, grid_triangles, joined

# The outer face of the average head's teeth from the middle backwards: x and z in decimetres.
ARCH = np.array(
    [[0.0, 1.376], [0.09, 1.368], [0.17, 1.326], [0.222, 1.254], [0.262, 1.18], [0.29, 1.10], [0.303, 1.04], [0.321, 0.98], [0.331, 0.913]]
)
# Widths from the middle backwards: two incisors, canine, two premolars, two molars.
UPPER_WIDTHS, LOWER_WIDTHS = (0.090, 0.072, 0.080, 0.074, 0.072, 0.10, 0.10), (0.062, 0.066, 0.075, 0.077, 0.078, 0.115, 0.115)
UPPER_LENGTHS, LOWER_LENGTHS = (0.100, 0.086, 0.098, 0.084, 0.080, 0.075, 0.070), (0.085, 0.087, 0.093, 0.084, 0.080, 0.075, 0.070)
UPPER_EDGE, LOWER_EDGE = 6.690, 6.694  # heights of the incisors' edges
BACKWARDS = 0.11  # how much higher the edges lie a decimetre further back
THICK = 0.06
ACROSS = np.array([-1.0, -0.72, 0.72, 1.0])
# Rows from the gum to the edge and round it: height in parts of the crown, how far behind the face in parts of THICK, texel.
ROWS = ((1.9, 0.35, 1.9), (1.0, 0.05, 1.0), (0.45, -0.08, 0.45), (0.0, 0.12, 0.0), (0.02, 0.7, 0.0), (1.2, 1.1, 2.2))


def teeth(model: HeadModel, details: Details, rng: np.random.Generator) -> Piece:
    """Both rows of teeth. Their texels: across a tooth from -1 to 1, and height over its edge in parts of the crown."""
    vertices = np.unique(model.mesh.quads[model.mesh.quad_part == PARTS.index("teeth")])
    lowered = model.mesh.blendshapes[BLENDSHAPE_INDEX["jawOpen"], vertices, 1] < 0
    rows = []
    for anchors, widths, lengths, edge, up in (
        (vertices[~lowered], UPPER_WIDTHS, UPPER_LENGTHS, UPPER_EDGE, 1),
        (vertices[lowered], LOWER_WIDTHS, LOWER_LENGTHS, LOWER_EDGE, -1),
    ):
        ends = np.cumsum([0, *widths])
        for side in (-1, 1):
            for number, length in enumerate(lengths):
                points = _tooth(ends[number], ends[number + 1], length, edge, up, details.crooked * rng.normal(size=3))
                rows.append(_piece(points * np.array([side, 1, 1]), side * up < 0, model.average, anchors))
    return joined(rows)


def _tooth(start: float, end: float, length: float, edge: float, up: int, askew: np.ndarray) -> np.ndarray:
    """Points (rows, columns, 3) of a tooth of the right half; up is 1 where it grows upwards. askew (3,): turned, set back, longer."""
    height, behind, _ = (np.array(values)[:, None] for values in zip(*ROWS, strict=True))
    crown = (height < 0.9) & (behind < 0.5)
    beside = np.abs(ACROSS) == 1
    # The corners of the edge are round, and the crowns part where they touch.
    height = height + 0.12 * beside * (height < 0.1)
    behind = behind + 0.3 * beside * crown + 0.12 * askew[0] * ACROSS + 0.1 * askew[1]
    along = (start + end) / 2 + (end - start) / 2 * ACROSS * np.where(height > 0.9, 1.0, 0.98)
    place, outwards = _arch(along)
    y = edge + up * ((length + 0.004 * askew[2]) * height - 0.004 * askew[2]) + BACKWARDS * (ARCH[0, 1] - place[..., 1:])[..., 0]
    across = place - outwards * THICK * behind[..., None]
    return np.stack([across[..., 0], y, across[..., 1]], -1)


def _arch(along: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Places on the arch and unit vectors outwards, both (..., 2) as x and z, at lengths along it from the middle."""
    knots = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(ARCH, axis=0), axis=1))])
    curve = CubicSpline(knots, ARCH, bc_type=((1, (1.0, 0.0)), "not-a-knot"))
    forwards = curve(along, 1)
    outwards = np.stack([-forwards[..., 1], forwards[..., 0]], -1)
    return curve(along), outwards / np.linalg.norm(outwards, axis=-1, keepdims=True)


def _piece(points: np.ndarray, mirrored: bool, average: np.ndarray, anchors: np.ndarray) -> Piece:
    triangles = grid_triangles(*points.shape[:2])
    heights = [height for *_, height in ROWS]
    texels = np.stack(np.broadcast_arrays(ACROSS, np.array(heights)[:, None]), -1).reshape(-1, 2)
    points = points.reshape(-1, 3)
    depth = np.clip((points[:, 2] - 0.95) / 0.42, 0, 1)
    triangles = triangles[:, ::-1] if mirrored else triangles
    return Piece(*anchored(points, average, anchors), triangles, texels[triangles], shading.TEETH, 0.08 + 0.76 * depth)
