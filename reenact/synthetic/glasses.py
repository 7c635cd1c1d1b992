"""Glasses: their draw, the frame round eyes and ears, and lenses that reflect a little."""

from __future__ import annotations

from dataclasses import dataclass

import numba
import numpy as np
from scipy.spatial import cKDTree

from reenact.face3d.headmodel import HeadModel
from reenact.face3d.headmodel.mesh import PARTS
from reenact.synthetic import shading
from reenact.synthetic.atlas import ear_vertices
from reenact.synthetic.face_colours import soft
from reenact.synthetic.pieces import Piece, grid_triangles, joined, rigid
from reenact.synthetic.raster import corner_weights

SHARE = 0.15  # of the people
PLASTIC = np.array(
    [[0.05, 0.05, 0.055], [0.05, 0.05, 0.055], [0.20, 0.11, 0.07], [0.34, 0.21, 0.13], [0.10, 0.13, 0.24], [0.36, 0.09, 0.10],
     [0.60, 0.56, 0.52]]
)  # fmt: skip
METAL = np.array([[0.62, 0.62, 0.63], [0.70, 0.58, 0.38], [0.22, 0.22, 0.23]])  # sRGB, as above
OUTLINE = 28  # points of a rim
CLEARANCE = 0.03  # decimetres between skin and frame
WRAP, TILT = 0.22, 0.10  # how far the frame bends backwards (1/dm, by x²), and leans (by height)
BULGE = 0.9  # 1/dm: how a lens curves


@dataclass(frozen=True)
class Glasses:
    """A pair of glasses; lengths in decimetres."""

    half_width: float  # of a lens
    half_height: float
    squareness: float  # exponent of the rim's superellipse: 2 is an ellipse
    thickness: float
    metal: bool
    colour: np.ndarray  # sRGB


def draw_glasses(rng: np.random.Generator) -> Glasses | None:
    """A pair of glasses, or None for most people."""
    if rng.random() >= SHARE:
        return None
    metal = rng.random() < 0.4
    round_ones = rng.random() < 0.35
    half_width = rng.uniform(0.20, 0.24) if round_ones else rng.uniform(0.225, 0.265)
    colours = METAL if metal else PLASTIC
    return Glasses(
        half_width,
        half_width * (rng.uniform(0.86, 1.0) if round_ones else rng.uniform(0.62, 0.78)),
        rng.uniform(2.0, 2.4) if round_ones else rng.uniform(2.8, 4.5),
        rng.uniform(0.010, 0.015) if metal else rng.uniform(0.014, 0.027),
        metal,
        colours[rng.integers(len(colours))] * rng.uniform(0.85, 1.1),
    )


def build_glasses(glasses: Glasses, model: HeadModel, shape: np.ndarray) -> tuple[Piece, Piece]:
    """Frame and lenses on a person's neutral head (V, 3); no expression moves them."""
    skin = np.zeros(len(shape), bool)
    skin[np.unique(model.mesh.quads[model.mesh.quad_part == PARTS.index("skin")])] = True
    ears = ear_vertices(model)
    front, ear = shape[skin & (shape[:, 2] > 0.9)], shape[ears]
    outline = _outline(glasses, shape[model.left_eye].mean(0), front)
    inner, outer = outline[OUTLINE // 2], outline[0]
    frame = [_bridge(glasses, inner, front)]
    lenses = []
    for side in (-1, 1):
        mirror = np.array([side, 1, 1])
        rim = outline * mirror
        frame.append(_tube(rim, rim - rim.mean(0), glasses.thickness, 0.8 * glasses.thickness, closed=True))
        path = _temple(outer, shape[skin & ~ears], ear[ear[:, 0] > 0]) * mirror
        frame.append(_tube(path, np.array([[0.0, 1.0, 0.0]]), 1.5 * glasses.thickness + 0.004, 0.8 * glasses.thickness))
        lenses.append(_lens(rim, side < 0))
    return joined(frame), joined(lenses)


def _outline(glasses: Glasses, eye: np.ndarray, front: np.ndarray) -> np.ndarray:
    """The rim's middle line (OUTLINE, 3) round the eye at the image's right, from the outer end anticlockwise."""
    angle = np.arange(OUTLINE) / OUTLINE * 2 * np.pi
    power = 2 / glasses.squareness
    x, y = (np.sign(wave) * np.abs(wave) ** power for wave in (np.cos(angle), np.sin(angle)))
    # Lenses are narrower below.
    x = max(eye[0] + 0.012, 0.085 + glasses.half_width) + glasses.half_width * x * (1 + 0.07 * y)
    y = eye[1] - 0.035 + glasses.half_height * y
    bend = TILT * (y - eye[1]) - WRAP * x * x
    # Beside the nose the rim may lie behind the nose's ridge.
    far = x > 0.17
    _, near = cKDTree(front[:, :2]).query(np.stack([x, y], 1)[far], 3)
    return np.stack([x, y, bend + (front[near, 2].max(1) + CLEARANCE - bend[far]).max()], 1)


def _bridge(glasses: Glasses, inner: np.ndarray, front: np.ndarray) -> Piece:
    """The arch between both rims over the nose."""
    across = np.linspace(-1, 1, 7)
    height = inner[1] + 0.35 * glasses.half_height
    ridge = front[(np.abs(front[:, 0]) < 0.06) & (np.abs(front[:, 1] - height) < 0.06), 2].max() + CLEARANCE
    path = np.stack(
        [inner[0] * across, height + 0.03 * (1 - across**2), inner[2] + max(ridge - inner[2], 0.02) * (1 - across**2)],
        1,
    )
    return _tube(path, np.array([[0.0, 1.0, 0.0]]), 1.2 * glasses.thickness, 0.8 * glasses.thickness)


def _temple(hinge: np.ndarray, head: np.ndarray, ear: np.ndarray) -> np.ndarray:
    """The temple's middle line (N, 3) from the hinge along the head at the image's right to behind the ear (E, 3)."""
    top = ear[np.argmax(ear[:, 1])]
    start = hinge + np.array([0.012, 0.06, 0.0])
    along = np.append(np.linspace(0, 1, 8), 1.0)
    path = start + along[:, None] * (np.array([start[0], top[1] - 0.015, top[2] - 0.1]) - start)
    for point in path[1:]:
        beside = head[(np.abs(head[:, 1] - point[1]) < 0.1) & (np.abs(head[:, 2] - point[2]) < 0.13), 0].max()
        point[0] = max(beside + CLEARANCE, start[0])
    path[-1] += np.array([0.0, -0.16, -0.1])  # the end bends down behind the ear
    return path


def _tube(path: np.ndarray, up: np.ndarray, half_height: float, half_width: float, closed: bool = False) -> Piece:
    """A tube of four sides along a path (N, 3); its height lies along `up` (N or 1, 3), made square to the path."""
    forwards = np.roll(path, -1, 0) - np.roll(path, 1, 0) if closed else np.gradient(path, axis=0)
    forwards /= np.linalg.norm(forwards, axis=1, keepdims=True)
    up = up - (up * forwards).sum(1, keepdims=True) * forwards
    up /= np.linalg.norm(up, axis=1, keepdims=True)
    beside = np.cross(forwards, up)
    corners = [half_height * up, half_width * beside, -half_height * up, -half_width * beside]
    points = np.stack([path + corner for corner in corners], 1)
    if closed:
        points = np.concatenate([points, points[:1]])
    triangles = grid_triangles(len(points), 4, closed=True)[:, ::-1]
    return _piece(points.reshape(-1, 3), triangles, shading.FRAME)


def _lens(rim: np.ndarray, mirrored: bool) -> Piece:
    """A curved lens within a rim (OUTLINE, 3): rings of points round a middle one."""
    centre = rim.mean(0)
    from_centre = rim - centre
    rings = np.linspace(1, 0.25, 4)[:, None, None]
    points = centre + rings * from_centre
    points[..., 2] += BULGE / 2 * (1 - rings[..., 0] ** 2) * (from_centre**2).sum(1)
    middle = points[-1].mean(0)
    last = np.arange(points[..., 0].size - OUTLINE, points[..., 0].size)
    fan = np.stack([last, np.full(OUTLINE, last[-1] + 1), np.roll(last, -1)], 1)
    triangles = np.concatenate([grid_triangles(len(rings), OUTLINE, closed=True), fan])
    return _piece(np.concatenate([points.reshape(-1, 3), [middle]]), triangles if mirrored else triangles[:, ::-1], shading.LENS)


def _piece(points: np.ndarray, triangles: np.ndarray, material: int) -> Piece:
    return Piece(*rigid(points), triangles, np.zeros((len(triangles), 3, 2)), material, np.full(len(points), 0.85))


@numba.njit(cache=True, error_model="numpy")
def glaze(depth, lens_depth, index, points, triangles, normals, lights, colours, tones, picture):
    """Add the lenses' reflections to picture (S, S, 3) uint8 sRGB.

    depth and lens_depth (S·k, S·k): of the picture and of the lenses alone, whose triangles index (S·k, S·k) names; points (V, 3) as in
    `raster.rasterise`; triangles (T, 3) of the lenses; normals (V, 3); lights, colours (L, 3) and tones as in `shading.shade`.
    """
    factor = depth.shape[0] // picture.shape[0]
    for row in range(picture.shape[0]):
        for column in range(picture.shape[1]):
            y, x = row * factor, column * factor
            if index[y, x] < 0:
                continue
            covered = 0.0
            for down in range(factor):
                for across in range(factor):
                    if lens_depth[y + down, x + across] < depth[y + down, x + across]:
                        covered += 1.0 / (factor * factor)
            t = index[y, x]
            w0, w1, w2 = corner_weights(points, triangles, t, x, y)
            nx, ny, nz = shading.unit_normal(triangles[t, 0], triangles[t, 1], triangles[t, 2], w0, w1, w2, normals)
            for k in range(3):
                mirrored = 0.0
                for light in range(lights.shape[0]):
                    ax, ay, az = lights[light, 0], lights[light, 1], lights[light, 2] + shading.CORNEA
                    facing = (nx * ax + ny * ay + nz * az) / np.sqrt(ax * ax + ay * ay + az * az)
                    mirrored += colours[light, k] * (0.012 + 0.24 * soft(0.984, 0.997, facing))
                level = picture[row, column, k] / 255
                level = level * (level * (level * 0.305306011 + 0.682171111) + 0.012522878)
                level = level * (1 - 0.06 * covered) + covered * mirrored
                picture[row, column, k] = tones[min(int(level * (len(tones) - 1) + 0.5), len(tones) - 1)]
