"""Eyelids: the crease, the rims and the lashes."""

from __future__ import annotations

import numpy as np

from reenact.face3d.headmodel import HeadModel
from reenact.face3d.headmodel.mesh import PARTS
from reenact.synthetic import shading
from reenact.synthetic.atlas import Patch
from reenact.synthetic.brushes import blend, smoothstep
from reenact.synthetic.details import Details
from reenact.synthetic.pieces import Piece, anchored, joined

# The lids' edges of the average head's eye at the image's right, from the inner corner outwards, and the tips of the longest
# lashes over the upper one; x, y, z in decimetres.
UPPER = np.array(
    [[0.184, 7.340, 1.322], [0.198, 7.350, 1.327], [0.220, 7.362, 1.337], [0.254, 7.373, 1.347], [0.292, 7.380, 1.349],
     [0.325, 7.379, 1.348], [0.355, 7.374, 1.340], [0.379, 7.367, 1.328], [0.396, 7.360, 1.316], [0.415, 7.349, 1.293]]
)  # fmt: skip
UPPER_TIPS = np.array(
    [[0.175, 7.344, 1.341], [0.190, 7.361, 1.353], [0.211, 7.376, 1.369], [0.249, 7.393, 1.381], [0.287, 7.405, 1.386],
     [0.325, 7.410, 1.385], [0.358, 7.409, 1.379], [0.396, 7.404, 1.368], [0.432, 7.388, 1.352], [0.470, 7.356, 1.324]]
)  # fmt: skip
LOWER = np.array(
    [[0.193, 7.314, 1.322], [0.230, 7.308, 1.329], [0.260, 7.306, 1.339], [0.294, 7.304, 1.346], [0.328, 7.303, 1.340],
     [0.359, 7.307, 1.328], [0.379, 7.315, 1.314], [0.395, 7.321, 1.301], [0.413, 7.333, 1.279]]
)  # fmt: skip
SHUT = np.array(  # x and y of the upper lid's edge once it is closed
    [[0.173, 7.317], [0.182, 7.306], [0.204, 7.290], [0.243, 7.269], [0.288, 7.265], [0.333, 7.258], [0.369, 7.258], [0.406, 7.265],
     [0.429, 7.290]]
)  # fmt: skip
BUNDLES = 18
FORWARDS = 0.02  # decimetres in front of the mesh's lashes, or the lower lid would cover those of a closed eye
# How far roots and tips move, in parts of the way of the mesh's lashes: on a closed eye they stand on the seam and point down.
ROOT_GAIN, TIP_GAIN = 0.82, 1.2
CREASE = np.array([0.26, 0.36, 0.38])  # what a crease takes of each colour
WET = np.array([0.86, 0.66, 0.62])  # sRGB


def paint_lids(skin: np.ndarray, patch: Patch, tone: np.ndarray, details: Details) -> np.ndarray:
    """The face (rows, columns, 3) with the upper lid's crease, the lashes' line and the lower lid's wet rim; tone (3,): the skin's."""
    beside = np.abs(patch.x)
    in_front = (patch.z > 0.8) * smoothstep(0.165, 0.19, beside)
    under = patch.y - np.interp(beside, LOWER[:, 0], LOWER[:, 1])
    # Measured on the closed lid, which no fold hides.
    over = patch.shut - np.interp(beside, SHUT[:, 0], SHUT[:, 1])
    upper = smoothstep(-0.01, 0.0, patch.y - np.interp(beside, UPPER[:, 0], UPPER[:, 1]))
    opening = smoothstep(0.44, 0.41, beside) * in_front
    height = details.crease_height * (0.35 + 0.65 * np.sin(np.pi * np.clip((beside - 0.16) / 0.30, 0.05, 0.95)))
    # In the open eye's fold a texel spans much of the closed lid.
    width = np.maximum(0.010, 0.9 * np.abs(np.gradient(patch.shut, axis=0)))
    crease = np.exp(-(((over - height) / width) ** 2)) + 0.4 * np.exp(-(((over - height + 0.012) / (0.022 + width)) ** 2))
    crease = crease * np.sqrt(0.010 / width) * upper * smoothstep(0.48, 0.43, beside) * in_front
    skin = skin * (1 - details.crease * crease[..., None] * CREASE)
    wet = np.exp(-(((under - 0.004) / 0.008) ** 2)) * opening
    skin = blend(skin, 0.5 * tone + 0.5 * WET, 0.75 * wet)
    line = upper * smoothstep(0.018, 0.006, over) + 0.5 * np.exp(-(((under + 0.012) / 0.009) ** 2))
    return blend(skin, tone * 0.22, np.clip(details.liner * line * opening, 0, 1))


def lashes(model: HeadModel, details: Details, rng: np.random.Generator) -> Piece:
    """The upper lids' lashes, bundled into triangles whose bases make a line."""
    vertices = np.unique(model.mesh.quads[model.mesh.quad_part == PARTS.index("lashes")])
    rows = []
    for side in (-1, 1):
        points = _bundles(details.lashes, rng) * np.array([side, 1, 1])
        held = _held(points, model, vertices[np.sign(model.average[vertices, 0]) == side])
        triangles = np.arange(len(points)).reshape(-1, 3)
        rows.append(Piece(*held, triangles, np.zeros((len(triangles), 3, 2)), shading.LASHES, np.full(len(points), 0.5)))
    return joined(rows)


def _held(points: np.ndarray, model: HeadModel, vertices: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Source, weight and offset of the bundles' corners (N, 3): every third is a tip."""
    source, weight, _ = anchored(points, model.average, vertices)
    still = vertices[np.argmin(np.abs(model.mesh.blendshapes[:, vertices]).sum((0, 2)))]
    gain = np.where(np.arange(len(points)) % 3 == 2, TIP_GAIN, ROOT_GAIN)[:, None]
    source = np.concatenate([source, np.full((len(points), 1), still)], 1)
    weight = np.concatenate([gain * weight, 1 - gain], 1)
    return source, weight, points - np.einsum("nk,nkd->nd", weight, model.average[source])


def _bundles(strength: float, rng: np.random.Generator) -> np.ndarray:
    """Corners (3 BUNDLES, 3) of the triangles along the lid of the eye at the image's right: two at the root, then the tip."""
    place = (np.arange(BUNDLES) + 0.5 + rng.uniform(-0.25, 0.25, BUNDLES)) / BUNDLES
    half = 0.55 * np.sqrt(strength) / BUNDLES

    def along(line: np.ndarray, at: np.ndarray) -> np.ndarray:
        return np.stack([np.interp(at * (len(line) - 1), np.arange(len(line)), values) for values in line.T], 1)

    edge = UPPER + np.array([0, -0.004, FORWARDS])
    root = along(edge, place)
    tip = along(UPPER_TIPS + np.array([0, 0, FORWARDS]), np.clip(place + rng.normal(0, 0.02, BUNDLES), 0, 1))
    reach = 0.85 * strength * rng.uniform(0.7, 1.1, BUNDLES)[:, None]
    return np.stack([along(edge, place - half), along(edge, place + half), root + reach * (tip - root)], 1).reshape(-1, 3)
