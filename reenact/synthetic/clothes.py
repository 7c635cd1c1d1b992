"""A clip's clothes, painted below the neck: cloth with patterns, necklines, shirt collars, jackets, ties, scarves and necklaces."""

from __future__ import annotations

import math

import cv2
import numpy as np

from reenact.synthetic.atlas import Atlas
from reenact.synthetic.brushes import blend, noise, smoothstep, to_bytes
from reenact.synthetic.canvas import Canvas
from reenact.synthetic.colours import any_colour, calm_colour
from reenact.synthetic.furniture import lettering, shade_of

HIGHEST, LOWEST = 6.45, 5.0  # decimetres: up to where a scarf reaches, and below where no picture shows the body
ASIDE = 1.85  # radians: what lies behind this azimuth is never seen
PRINT_SIDE = 96  # pixels of a print
PRINT_SPAN = 1.3  # decimetres that it covers on the chest
PATTERNS = ("plain", "stripes", "checks", "dots", "print", "knit")
PATTERN_ODDS = (0.36, 0.2, 0.14, 0.08, 0.14, 0.08)


def dress(texture: np.ndarray, atlas: Atlas, rng: np.random.Generator) -> np.ndarray:
    """A copy of the figure's texture (LAYERS, ROWS, COLUMNS, 3) with clothes painted below the neck."""
    dressed = texture.copy()
    rows = np.flatnonzero((atlas.y[:, 0] < HIGHEST) & (atlas.y[:, 0] > LOWEST))
    columns = np.flatnonzero(np.abs(atlas.azimuth[0]) < ASIDE)
    painted = slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
    x, y, z = (np.ascontiguousarray(values[painted]) for values in (atlas.x, atlas.y, atlas.z))
    picture = dressed[0][painted].astype(np.float32) / 255
    # Decimetres above the neckline, which lies lower in front.
    edge = y + 0.38 * np.maximum(z, 0) + 0.06 * np.abs(x) - rng.uniform(5.95, 6.12)
    kind = rng.choice(["jersey", "shirt", "jacket"], p=[0.5, 0.3, 0.2])
    if kind == "jersey":
        if rng.random() < 0.3:
            picture = necklace(picture, x, edge, z, rng)
        picture = jersey(picture, x, y, z, edge, rng)
    else:
        picture = shirt(picture, x, y, z, edge, rng)
        if kind == "jacket":
            picture = jacket(picture, x, y, z, edge, rng)
    if rng.random() < 0.1:
        picture = scarf(picture, x, y, edge, rng)
    dressed[0][painted] = to_bytes(picture)
    return dressed


def cloth(x: np.ndarray, y: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Woven or knitted cloth (H, W, 3) sRGB at x and y (H, W), decimetres, with a pattern, folds and a grain."""
    base, other = calm_colour(rng, 0.6, 0.08, 0.9), calm_colour(rng, 0.6, 0.08, 0.95)
    pattern, pitch = rng.choice(PATTERNS, p=PATTERN_ODDS), rng.uniform(0.05, 0.3)
    colour = np.broadcast_to(base.astype(np.float32), (*x.shape, 3))
    if pattern == "stripes":
        angle = float(rng.choice([0, np.pi / 2, rng.uniform(0, np.pi)]))
        colour = blend(colour, other, bands(x * math.sin(angle) + y * math.cos(angle), pitch, rng))
    elif pattern == "checks":
        for along in (x, y):
            colour = blend(colour, other, 0.5 * bands(along, pitch, rng))
    elif pattern == "dots":
        away = np.hypot((x / pitch + 0.5) % 1 - 0.5, (y / pitch + 0.5) % 1 - 0.5)
        colour = blend(colour, other, smoothstep(0.3, 0.24, away))
    elif pattern == "print":
        colour = printed(colour, x, y, rng)
    weave, grain = (0.09, 4.0) if pattern == "knit" else (0.03, 1.0)
    shades = 1 + weave * noise(rng, grain, 1.0, x.shape) + 0.07 * noise(rng, 60, 2.0, x.shape)
    return np.clip(colour * shades[..., None], 0.02, 0.95)


def bands(along: np.ndarray, pitch: float, rng: np.random.Generator) -> np.ndarray:
    """Cover (H, W) in 0..1 of stripes with sharp edges, `pitch` decimetres from one to the next."""
    share, soft = rng.uniform(0.15, 0.5), 0.01 / pitch
    away = np.abs((along / pitch) % 1 - 0.5)
    return smoothstep(share + soft, share - soft, 2 * away)


def printed(colour: np.ndarray, x: np.ndarray, y: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Cloth (H, W, 3) with shapes and lettering on the chest."""
    ground = colour[0, 0]
    canvas = Canvas(PRINT_SIDE, ground)
    for _ in range(rng.integers(0, 5)):
        canvas.polygon(rng.uniform(0, 1, (rng.integers(3, 7), 2)), any_colour(rng))
    lettering(canvas, rng, np.array([0.05, rng.uniform(0, 0.4), 0.95, rng.uniform(0.5, 1.0)]))
    scale, middle = PRINT_SIDE / PRINT_SPAN, PRINT_SIDE / 2
    column, row = (x * scale + middle).astype(np.float32), ((5.0 - y) * scale + middle).astype(np.float32)
    picture = canvas.picture(0).astype(np.float32) / 255
    edge = tuple(float(value) for value in ground)
    return cv2.remap(picture, column, row, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=edge)


def jersey(picture: np.ndarray, x: np.ndarray, y: np.ndarray, z: np.ndarray, edge: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A round or V-shaped neckline with a hem."""
    if rng.random() < 0.4:
        edge = np.where(z > 0, np.maximum(edge, 0.5 * (y - rng.uniform(4.9, 5.3)) - np.abs(x)), edge)
    wide = rng.uniform(0.03, 0.12)
    hem = smoothstep(-wide - 0.01, -wide + 0.01, edge) * rng.uniform(-0.3, 0.2) - 0.25 * ridge(edge + wide, 0.015)
    return blend(picture, cloth(x, y, rng) * (1 + hem)[..., None], smoothstep(0.006, -0.006, edge))


def shirt(picture: np.ndarray, x: np.ndarray, y: np.ndarray, z: np.ndarray, edge: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A shirt with a collar of two leaves, buttons, and sometimes a tie."""
    aside, front = np.abs(x), z > 0
    opening = rng.uniform(5.2, 5.75)
    inside = np.where(front, np.maximum(edge, 0.4 * (y - opening) - aside), edge)
    colour = cloth(x, y, rng)
    stitched = 0.25 * ridge(aside - 0.09, 0.008) + 0.3 * ridge(aside, 0.008)
    colour = colour * (1 - np.where(front & (y < opening), stitched, 0))[..., None]
    button = np.hypot(aside, (y + 0.11) % 0.3 - 0.15)
    colour = blend(colour, calm_colour(rng, 0.2, 0.1, 0.95), smoothstep(0.03, 0.022, button) * front)
    picture = blend(picture, colour, smoothstep(0.006, -0.006, inside))
    if rng.random() < 0.35:
        long = smoothstep(0.012, -0.012, aside - 0.06 - 0.035 * np.maximum(5.75 - y, 0)) * front * (edge < 0.02)
        picture = blend(picture, cloth(x + y, y, rng), long)
    deep = rng.uniform(0.10, 0.16) + rng.uniform(0.12, 0.28) * smoothstep(0.55, 0.1, aside) * front
    spread = rng.uniform(0.3, 0.9)
    leaf = smoothstep(-0.008, 0.008, edge + deep) * smoothstep(0.06, 0.05, edge)
    leaf = leaf * np.where(front, smoothstep(-0.008, 0.008, aside - 0.03 - spread * np.maximum(0.02 - edge, 0)), 1)
    rim = 1 - 0.35 * ridge(edge + deep, 0.015) + 0.06
    own = cloth(x, y, rng) if rng.random() < 0.15 else colour
    return blend(picture, np.clip(own * rim[..., None], 0, 0.97), leaf)


def jacket(picture: np.ndarray, x: np.ndarray, y: np.ndarray, z: np.ndarray, edge: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A jacket over a shirt, open in front, with lapels."""
    aside, foot, wide = np.abs(x), rng.uniform(4.4, 5.0), rng.uniform(0.18, 0.34)
    slope = rng.uniform(0.38, 0.5) / (5.9 - foot)
    outside = np.where(z > 0, aside - slope * np.maximum(y - foot, 0), 1.0)
    colour = cloth(x, y, rng)
    lapel = smoothstep(wide + 0.008, wide - 0.008, outside - 0.12 * smoothstep(5.45, 5.43, y))
    lapel = lapel * (z > 0)
    colour = colour * (1 + 0.12 * lapel - 0.45 * ridge(lapel - 0.5, 0.3) - 0.4 * ridge(y - 5.44, 0.008) * lapel)[..., None]
    cover = smoothstep(-0.006, 0.006, outside) * smoothstep(-0.03, -0.05, edge)
    shadow = 0.4 * smoothstep(-0.08, 0, outside) * (edge < -0.04)
    return blend(picture * (1 - shadow)[..., None], np.clip(colour, 0.01, 0.97), cover)


def scarf(picture: np.ndarray, x: np.ndarray, y: np.ndarray, edge: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A scarf round the neck, in folds."""
    high, low = rng.uniform(0.12, 0.3), -rng.uniform(0.15, 0.45)
    uneven = edge + 0.04 * noise(rng, 90, 1.0, x.shape)
    folds = 1 + 0.25 * np.sin(uneven * rng.uniform(25, 50) + 1.5 * noise(rng, 120, 1.0, x.shape))
    cover = smoothstep(high + 0.01, high - 0.01, uneven) * smoothstep(low - 0.01, low + 0.01, uneven)
    return blend(picture, np.clip(cloth(x, y, rng) * folds[..., None], 0.01, 0.97), cover)


def necklace(picture: np.ndarray, x: np.ndarray, edge: np.ndarray, z: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A chain or beads on the skin above the neckline."""
    away, wide = edge - rng.uniform(0.03, 0.12), rng.uniform(0.008, 0.028)
    beads = 0.6 + 0.4 * np.cos(x * rng.uniform(60, 160))
    metal = shade_of(calm_colour(rng, 0.6, 0.6, 0.95), 1.0)
    shadow = 1 - 0.3 * ridge(away + wide, wide) * (z > 0)
    return blend(picture * shadow[..., None], metal * beads[..., None], smoothstep(wide, 0.5 * wide, np.abs(away)) * (z > -0.2))


def ridge(away: np.ndarray, width: float) -> np.ndarray:
    """1 where `away` is 0, falling off within `width` (Gaussian): seams, creases and shadows."""
    return np.exp(-((away / width) ** 2))
