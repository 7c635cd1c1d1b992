"""Hair: a shell over the scalp, a curtain of long hair behind it, and the painted strands of both."""

from __future__ import annotations

import cv2
import numpy as np
from scipy.spatial import cKDTree

from reenact.synthetic.atlas import AXIS_Z, COLUMNS, TOP, Atlas
from reenact.synthetic.brushes import blend, noise, smoothstep
from reenact.synthetic.look import Look
from reenact.synthetic.ribbons import Sheet, grid

# The hairline, by azimuth from the face's middle: forehead, temple, sideburn before the ear, above the ear, nape.
AZIMUTHS = np.radians([0, 20, 34, 44, 50, 55, 60, 66, 84, 100, 125, 180])
SIDES = (7.42, 7.15, 7.13, 7.42, 7.42, 7.15, 6.78, 6.68)
SHELL_SINKS = 0.05  # the shell's rim lies this deep below the skin
CURTAIN_COLUMNS, CURTAIN_ROWS = 72, 40
CURTAIN_TOP = 8.15
NEIGHBOURS = 6
CROPPED = 0.06  # thickness of hair that shows the skin and has no parting


def hairline(azimuth: np.ndarray, height: float, temple: float) -> np.ndarray:
    """Height of the hairline at azimuths, for its height over the forehead's middle and how far the temples recede."""
    front = (height, height - 0.01, height - 0.09 - temple, height - 0.36 - 0.5 * temple)
    return np.interp(np.abs(azimuth), AZIMUTHS, front + SIDES)


def shell_offset(points: np.ndarray, look: Look, rng: np.random.Generator) -> np.ndarray:
    """How far (N,) the hair stands out over scalp points (N, 3) of the average head."""
    azimuth = np.arctan2(points[:, 0], points[:, 2] - AXIS_Z)
    grown = smoothstep(0.0, 0.28, points[:, 1] - hairline(azimuth, look.hairline, look.temple))
    waves = rng.normal(size=(6, 4))
    ripple = np.sin(points @ ((2.2 + 4 * look.wave) * waves[:, :3].T) + 6 * waves[:, 3]).mean(1)
    on_top = 1 + look.crown * smoothstep(7.6, 8.4, points[:, 1])
    return np.where(grown > 0, grown * look.volume * (1 + 0.5 * ripple) * on_top + 0.004, -SHELL_SINKS)


def paint_hair(skin: np.ndarray, atlas: Atlas, look: Look, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """The skin with hair roots on the scalp, and the strands, both sRGB (ROWS, COLUMNS, 3) float32."""
    strands = np.clip(look.hair * strand_shades(atlas, look, rng)[..., None], 0.01, 1).astype(np.float32)
    if look.volume > CROPPED and look.fringe is None:
        line = np.exp(-((wrapped(atlas.azimuth - look.part) / 0.02) ** 2)) * smoothstep(8.0, 8.2, atlas.y)
        strands = blend(strands, np.minimum(0.5 * look.skin, 1.5 * look.hair + 0.05), 0.7 * line)
    above = atlas.y - hairline(atlas.azimuth, look.hairline, look.temple) + 0.014 * noise(rng, 6, 4.0)
    density = 0.15 if look.volume == 0 else 0.8 if look.volume < CROPPED else 0.95
    return blend(skin, strands, density * smoothstep(-0.04, 0.10, above)), strands


def strand_shades(atlas: Atlas, look: Look, rng: np.random.Generator) -> np.ndarray:
    """Brightness (ROWS, COLUMNS) of strands about 1: they fall to both sides of the parting, and wave."""
    straight = 1 + 0.17 * noise(rng, 2.5, 20.0) + 0.11 * noise(rng, 8, 12.0) + 0.06 * noise(rng, 40, 2.0)
    away = wrapped(atlas.azimuth - look.part)
    sweep = look.sweep * np.sign(away) * np.exp(-((away / 1.2) ** 2)) * (TOP - atlas.y)
    wave = 0.06 * look.wave * np.sin(14 * atlas.y + 2 * noise(rng, 60, 3.0))
    column = ((atlas.azimuth - sweep + wave) / (2 * np.pi) + 0.5) * COLUMNS - 0.5
    row = np.broadcast_to(np.arange(len(column), dtype=np.float32)[:, None], column.shape)
    return cv2.remap(straight.astype(np.float32), column.astype(np.float32), row.copy(), cv2.INTER_LINEAR, borderMode=cv2.BORDER_WRAP)


def curtain(atlas: Atlas, look: Look, length: float, rng: np.random.Generator) -> Sheet:
    """A sheet of hair from the crown round the sides and the back of the head, down to the height `length`."""
    t = np.linspace(0, 1, CURTAIN_ROWS)[:, None]
    height = CURTAIN_TOP + (length - CURTAIN_TOP) * t
    below_crown = smoothstep(7.9, 6.6, height)
    front = look.parting + np.radians(10) * below_crown * rng.uniform(-1, 0.6)
    # At its crown end the sheet closes under the shell; its front edge then opens beside the face.
    azimuth = front + (2 * np.pi - 2 * front) * np.linspace(0, 1, CURTAIN_COLUMNS)
    height = np.broadcast_to(height, azimuth.shape)
    head = atlas.at(atlas.radius_with_ears, wrapped(azimuth), height)
    # Below the jaw it hangs straight down and does not follow the shoulders.
    straight = np.maximum.accumulate(np.where(height > 6.4, head - 0.02, 0), axis=0) - 0.15 * smoothstep(6.9, 5.4, height)
    # Widened and smoothed, so that the ears neither show through nor leave an imprint.
    hanging = cv2.GaussianBlur(cv2.dilate(straight, np.ones((5, 9))), (0, 0), sigmaX=4, sigmaY=2, borderType=cv2.BORDER_REPLICATE)
    thickness = (0.02 + (0.6 * look.volume + 0.03) * smoothstep(0, 0.3, t)) * np.ones_like(azimuth)
    edge = np.minimum(np.linspace(0, 1, CURTAIN_COLUMNS), np.linspace(1, 0, CURTAIN_COLUMNS))
    thickness = thickness * smoothstep(-0.05, 0.08, edge)
    ripple = np.sin(azimuth * 9 + 5 * height + rng.uniform(0, 6)) * 0.03 * look.wave + np.sin(azimuth * 23 + rng.uniform(0, 6)) * 0.012
    radius = np.clip(np.minimum(hanging, 1.28) + thickness + ripple * smoothstep(0.1, 0.4, t), 0.2, 1.5)
    radius = radius * (1 - 0.10 * smoothstep(0.85, 1.0, t))
    points = np.stack([radius * np.sin(azimuth), height, AXIS_Z + radius * np.cos(azimuth)], -1)
    return grid(points, azimuth)


def wrapped(azimuth: np.ndarray) -> np.ndarray:
    """Azimuths brought into -pi..pi."""
    return (azimuth + np.pi) % (2 * np.pi) - np.pi


def carried(points: np.ndarray, average: np.ndarray, shape: np.ndarray) -> np.ndarray:
    """Points (N, 3) moved as the nearest vertices move from the average head (V, 3) to a person's (V, 3)."""
    distance, nearest = cKDTree(average).query(points, NEIGHBOURS)
    weight = 1 / (distance + 0.05) ** 2
    weight /= weight.sum(1, keepdims=True)
    return points + np.einsum("nk,nkd->nd", weight, (shape - average)[nearest])
