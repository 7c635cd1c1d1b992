"""The painted skin: tone, blush, lips, eyelids, lines of age, beard and brows."""

from __future__ import annotations

import numpy as np

from reenact.synthetic.atlas import Atlas, Patch
from reenact.synthetic.brushes import blend, blob, noise, smoothstep
from reenact.synthetic.lids import paint_lids
from reenact.synthetic.look import Look

# Features of the average head that the paint follows, decimetres.
EYE_X, EYE_Y = 0.289, 7.355
MOUTH_Y, MOUTH_HALF = 6.676, 0.215
BROW_INNER, BROW_OUTER = 0.105, 0.525


def paint_skin(atlas: Atlas, look: Look, rng: np.random.Generator) -> np.ndarray:
    """The face without hair on the scalp, sRGB in 0..1, (ROWS, COLUMNS, 3) float32."""
    mottled = 0.5 * noise(rng, 70) + 0.35 * noise(rng, 20) + 0.25 * noise(rng, 6)
    skin = look.skin.astype(np.float32) * (1 + 0.022 * mottled)[..., None]
    patch = atlas.face()
    face = skin[patch.rows, patch.columns]
    beside = np.abs(patch.x)
    face = _blush(face, patch, beside)
    face = _around_eyes(face, patch, look, beside, rng)
    face = _lines(face, patch, look, beside)
    face = _freckles(face, patch, look, beside, rng)
    face = _beard(face, patch, look, beside, rng)
    face = _lips(face, patch, look, beside, rng)
    skin[patch.rows, patch.columns] = _brows(face, patch, look, beside, rng)
    return np.clip(skin, 0, 1)


def _blush(skin: np.ndarray, patch: Patch, beside: np.ndarray) -> np.ndarray:
    red = 0.07 * blob(beside - 0.42, patch.y - 6.98, 0.2, 0.17) + 0.07 * blob(beside, patch.y - 6.98, 0.12, 0.12)
    red += 0.04 * blob(beside, patch.y - 6.25, 0.2, 0.12)
    return skin * (1 + np.stack([0.25 * red, -0.9 * red, -0.7 * red], -1))


def _around_eyes(skin: np.ndarray, patch: Patch, look: Look, beside: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    across, up = beside - EYE_X, patch.y - EYE_Y
    lid = patch.lids * smoothstep(-0.02, 0.05, up) * (beside < 0.62) * (patch.z > 0.8)
    skin = blend(skin, look.skin * np.array([0.86, 0.76, 0.74]), lid * rng.uniform(0.25, 0.5))
    skin = paint_lids(skin, patch, look.skin, look.details)
    bag = blob(across, up + 0.125, 0.13, 0.035)
    return skin * (1 - (0.03 + 0.10 * look.age) * bag)[..., None]


def _lines(skin: np.ndarray, patch: Patch, look: Look, beside: np.ndarray) -> np.ndarray:
    fold = (
        np.exp(-(((beside - (0.17 + (6.98 - patch.y) * 0.45)) / 0.02) ** 2))
        * smoothstep(6.66, 6.76, patch.y)
        * smoothstep(7.02, 6.9, patch.y)
    )
    skin = skin * (1 - (0.02 + 0.13 * look.age) * fold)[..., None]
    nostril = blob(beside - 0.072, patch.y - 6.905, 0.032, 0.02)
    skin = skin * (1 - 0.4 * nostril)[..., None]
    for line in range(3):
        wrinkle = np.exp(-(((patch.y - (7.72 + 0.09 * line) - 0.02 * np.cos(patch.x * 4)) / 0.011) ** 2)) * smoothstep(0.5, 0.35, beside)
        skin = skin * (1 - 0.09 * max(look.age - 0.15, 0) * wrinkle)[..., None]
    return skin


def _freckles(skin: np.ndarray, patch: Patch, look: Look, beside: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    for _ in range(rng.integers(0, 4)):
        mole = blob(patch.x - rng.uniform(-0.6, 0.6), patch.y - rng.uniform(6.3, 7.9), 0.011, 0.011) * (patch.z > 0.5)
        skin = skin * (1 - 0.45 * mole)[..., None]
    if look.melanin < 0.3 and rng.random() < 0.25:
        spots = np.clip(noise(rng, 4, 1.0, patch.x.shape) - 1.1, 0, 1) * blob(beside, patch.y - 7.05, 0.55, 0.25) * (beside < 0.8)
        skin = blend(skin, look.skin * np.array([0.78, 0.62, 0.5]), 0.6 * spots)
    return skin


def _beard(skin: np.ndarray, patch: Patch, look: Look, beside: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    if look.beard == 0:
        return skin
    cheek_line = 6.86 - 0.10 * np.exp(-(((beside - 0.38) / 0.25) ** 2)) + 0.55 * np.clip(beside - 0.5, 0, 1)
    jaw = smoothstep(0.10, -0.06, patch.y - cheek_line) * smoothstep(0.95, 0.75, beside)
    # It ends under the chin, where the neck begins.
    jaw *= np.maximum(smoothstep(0.45, 0.75, patch.z), smoothstep(6.35, 6.5, patch.y)) * smoothstep(5.95, 6.1, patch.y)
    clear = blob(beside, patch.y - MOUTH_Y, 0.30, 0.10) + blob(beside - 0.14, patch.y - 6.56, 0.05, 0.05)
    moustache = blob(beside - 0.10, patch.y - 6.825, 0.13, 0.036)
    cover = np.maximum(jaw * (1 - np.clip(1.2 * clear, 0, 1)), moustache) * (patch.z > -0.1)
    cover = cover * np.clip(0.8 + 0.22 * noise(rng, 3, 2.0, patch.x.shape), 0, 1.1) * look.beard
    return blend(skin, look.hair * 0.85, np.clip(cover, 0, 0.9))


def _lips(skin: np.ndarray, patch: Patch, look: Look, beside: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    cover = smoothstep(0.25, 0.75, patch.lips) * smoothstep(0.30, 0.24, beside) * (patch.z > 0.8)
    skin = blend(skin, look.lips * (1 + 0.05 * noise(rng, 5, 2.0, patch.x.shape))[..., None], 0.85 * cover)
    seam = np.exp(-(((patch.y - MOUTH_Y - 0.02 * (1 - (beside / MOUTH_HALF) ** 2)) / 0.013) ** 2)) * smoothstep(
        MOUTH_HALF + 0.02, MOUTH_HALF - 0.02, beside
    )
    # What shows of the lips' inner side when they part is red and wet.
    return skin * (1 - (seam * (patch.z > 0.8))[..., None] * np.array([0.26, 0.46, 0.44]))


def _brows(skin: np.ndarray, patch: Patch, look: Look, beside: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    along = (beside - BROW_INNER) / (BROW_OUTER - BROW_INNER)
    t = np.clip(along, 0, 1)
    # The inner end lies higher than the outer one, or the face would frown.
    middle = look.brow_height + look.brow_arch * np.sin(np.pi * t**1.1) + 0.014 * (1 - t) - 0.022 * t
    width = look.brow_width * (1 - 0.62 * t**1.8)
    cover = (
        np.exp(-(np.abs((patch.y - middle) / width) ** 2.6))
        * smoothstep(-0.08, 0.14, along)
        * smoothstep(1.08, 0.85, along)
        * (patch.z > 0.6)
    )
    cover = cover * np.clip(0.85 + 0.22 * noise(rng, 3, 1.0, patch.x.shape), 0, 1) * look.brow_strength
    return blend(skin, look.brows, cover)
