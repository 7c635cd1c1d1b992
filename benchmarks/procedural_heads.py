"""A second family of heads, drawn by rules and not from a mesh: LD-Net is measured on it, and never trained on it.

Nothing is shared with the head model: the mean face, how people differ, what expressions move, the turn's pivot, and the jaw's landmarks,
which lie on the true outline. Lengths are near decimetres. Axes: x to the image's right, y up, z to the camera; the origin lies between the
eyes, before the head is put on its pivot.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from reenact.face3d.headmodel import rotation_matrices
from reenact.faces.layout68 import JAW_POINTS
from reenact.seeding import generator

EXPRESSIONS = (
    "brows_in", "brows_out", "frown", "sneer", "smile", "wide", "blink", "squint", "jaw", "stretch", "pucker", "sad", "upper", "lower",
    "roll", "mouth_side",
)  # fmt: skip
LARGEST_ANGLES = np.radians([35.0, 18.0, 15.0])  # yaw, pitch, roll
FROM_PIVOT = np.array([0.0, 0.9, 0.2])
OUTLINE_ANGLES = np.linspace(-0.5, 0.9, 15)  # round the head, from its side to its front, radians
SIDES = (-1, 1)  # the image's left, the image's right
PIXELS = 60.0  # a decimetre
JITTER = 0.004

# Mean and standard deviation of what people differ by.
TRAITS = {
    "width": (0.76, 0.038), "depth": (0.9, 0.054), "jaw_length": (1.15, 0.08), "chin_width": (0.36, 0.058), "cheeks": (0.9, 0.045),
    "square": (0.0, 0.25), "chin_out": (0.0, 0.05),
    "eye_x": (0.32, 0.016), "eye_width": (0.145, 0.01), "eye_height": (0.048, 0.0086), "eye_tilt": (0.0, 0.05), "eye_depth": (0.04, 0.02),
    "brow_y": (0.17, 0.0255), "brow_width": (0.21, 0.017), "brow_arch": (0.05, 0.02), "brow_tilt": (0.0, 0.08), "brow_x": (0.0, 0.02),
    "nose_length": (0.47, 0.047), "nose_width": (0.155, 0.02), "nose_out": (0.22, 0.035), "nose_root": (0.02, 0.02),
    "nose_tip": (0.0, 0.035),
    "mouth_y": (-0.7, 0.042), "mouth_width": (0.245, 0.0245), "upper_lip": (0.075, 0.019), "lower_lip": (0.095, 0.021),
    "cupid": (0.02, 0.01), "mouth_out": (0.07, 0.025), "corners": (0.0, 0.02),
    "crook": (0.0, 0.012), "skew": (0.0, 0.012),
}  # fmt: skip


@dataclass(frozen=True)
class Head:
    """traits: by the names of `TRAITS`. strength: how strongly each expression is made. distance: from the camera, decimetres."""

    traits: dict[str, float]
    strength: dict[str, float]
    distance: float

    def surface(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        """z of the face at x and y: an ellipsoid that narrows towards the chin."""
        t = self.traits
        width = t["width"] * np.where(y > -0.3, 1, 1 + 0.45 * (y + 0.3)) * 1.18
        return t["depth"] * np.sqrt(np.clip(1 - (x / width) ** 2 - (y / 1.5) ** 2, 0, 1)) - 0.05


def draw_head(random: np.random.Generator) -> Head:
    """A head; the same generator state gives the same one."""
    traits = {name: mean + random.normal() * deviation for name, (mean, deviation) in TRAITS.items()}
    strength = dict(zip(EXPRESSIONS, np.exp(random.normal(size=len(EXPRESSIONS)) * 0.3), strict=True))
    return Head(traits, strength, float(np.exp(random.uniform(np.log(6), np.log(25)))))


@dataclass(frozen=True)
class Motion:
    """F frames: expressions (F,) each by name, rotation (F, 3) radians."""

    expressions: dict[str, np.ndarray]
    rotation: np.ndarray


def draw_motion(random: np.random.Generator, frames: int) -> Motion:
    """A motion of slow waves; the same generator state gives the same one."""
    seconds = np.arange(frames) / 25

    def wave(hertz: float) -> np.ndarray:
        sines = (np.sin(2 * np.pi * hertz * random.uniform(0.5, 1.5) * seconds + random.uniform(0, 2 * np.pi)) for _ in range(3))
        return sum(random.uniform(0.4, 1) * sine for sine in sines) / 2

    expressions = {name: np.clip(0.9 * wave(0.5) - 0.1, 0, 1) for name in EXPRESSIONS}
    expressions["mouth_side"] = 0.6 * wave(0.3)
    expressions["blink"] = np.clip(2 * wave(0.6) - 1.2, 0, 1)
    for name in ("pucker", "sad", "roll"):
        expressions[name] = expressions[name] * (1 - expressions["smile"])
    rotation = np.stack([np.clip(wave(hertz), -1, 1) for hertz in (0.25, 0.3, 0.27)], -1) * LARGEST_ANGLES
    return Motion(expressions, rotation)


def landmarks(head: Head, motion: Motion, random: np.random.Generator) -> np.ndarray:
    """Landmarks (F, 68, 2) float32, pixels of a 256-pixel picture."""
    made = {name: values[:, None] * head.strength[name] for name, values in motion.expressions.items()}  # (F, 1) each
    inner = np.concatenate([brows(head, made), nose(head, made), eyes(head, made), mouth(head, made)], 1)
    near_mouth = np.exp(-(((inner[..., 1] - head.traits["mouth_y"]) / 0.3) ** 2))
    inner[..., 0] += 0.06 * made["mouth_side"] * near_mouth + head.traits["skew"] * inner[..., 1]
    outline = jaw_candidates(head, made)
    seen = projected(np.concatenate([outline.reshape(len(inner), -1, 3), inner], 1), motion.rotation, head.distance)
    jaw = outermost(seen[:, : -inner.shape[1]].reshape(*outline.shape[:3], 2))
    marked = np.concatenate([jaw, seen[:, -inner.shape[1] :]], 1)
    return ((marked + JITTER * random.normal(size=marked.shape)) * PIXELS + 127.5).astype(np.float32)


def projected(points: np.ndarray, rotation: np.ndarray, distance: float) -> np.ndarray:
    """(F, N, 3) turned by (F, 3) radians about the pivot, as (F, N, 2) seen from a distance: x to the right, y down."""
    turned = (points + FROM_PIVOT) @ np.swapaxes(rotation_matrices(rotation), -1, -2)
    return turned[..., :2] * [1, -1] * (distance / (distance - turned[..., 2:]))


def stacked(x: np.ndarray, y: np.ndarray, z: np.ndarray) -> np.ndarray:
    """(F, N, 3) of what broadcasts to (F, N)."""
    return np.stack(np.broadcast_arrays(x, y, z), -1)


def brows(head: Head, made: dict[str, np.ndarray]) -> np.ndarray:
    """Landmarks 17 to 26, (F, 10, 3)."""
    t, along = head.traits, np.linspace(0, 1, 5)  # from the inner end to the outer
    x = t["eye_x"] - t["brow_width"] + 2 * t["brow_width"] * along + t["brow_x"] - 0.03 * made["frown"] * (1 - along)
    y = t["brow_y"] + t["brow_arch"] * np.sin(np.pi * np.clip(0.9 * along + 0.12, 0, 1)) + t["brow_tilt"] * (along - 0.5) - 0.03 * along
    y = y + 0.09 * made["brows_in"] * (1 - along) + 0.08 * made["brows_out"] * along - 0.07 * made["frown"] * (1 - 0.6 * along)
    z = head.surface(x, y) + 0.05
    left, right = (stacked(side * x, y, z) for side in SIDES)
    return np.concatenate([left[:, ::-1], right], 1)


def nose(head: Head, made: dict[str, np.ndarray]) -> np.ndarray:
    """Landmarks 27 to 35, (F, 9, 3)."""
    t, down, across = head.traits, np.linspace(0, 1, 4), np.linspace(-1, 1, 5)
    y = -0.02 - (t["nose_length"] - 0.08) * down
    bridge_z = head.surface(0 * down, y) + t["nose_root"] + t["nose_out"] * down**1.3
    bridge = stacked(t["crook"] * down, y + t["nose_tip"] * down**3 + 0 * made["sneer"], bridge_z)
    x = t["nose_width"] * across * (1 + 0.15 * made["sneer"] + 0.05 * made["smile"])
    low = -t["nose_length"] - 0.02 + 0.03 * across**2 - 0.02 * (across == 0) + 0.05 * made["sneer"] * np.abs(across)
    z = head.surface(x, low) + t["nose_out"] * (0.55 - 0.42 * np.abs(across))
    return np.concatenate([bridge, stacked(x + t["crook"], low, z)], 1)


def eyes(head: Head, made: dict[str, np.ndarray]) -> np.ndarray:
    """Landmarks 36 to 47, (F, 12, 3)."""
    t = head.traits
    across = np.array([-1, -0.38, 0.35, 1, 0.33, -0.35])  # inner corner, upper lid, outer corner, lower lid
    upper, lower = np.array([0, 1, 0.92, 0, 0, 0]), np.array([0, 0, 0, 0, 1, 1])
    opened = 1 + 0.5 * made["wide"] - 0.95 * made["blink"] - 0.35 * made["squint"]
    x = t["eye_x"] + t["eye_width"] * across
    y = t["eye_height"] * (upper * opened - 0.75 * lower * (1 - 0.4 * made["squint"]) - 0.28 * (upper > 0) * made["blink"])
    y = y + 0.5 * t["eye_tilt"] * across
    z = head.surface(x, y) - t["eye_depth"] + 0.04 * (1 - across**2)
    left, right = (stacked(side * x, y, z) for side in SIDES)
    return np.concatenate([left[:, [3, 2, 1, 0, 5, 4]], right], 1)


def mouth(head: Head, made: dict[str, np.ndarray]) -> np.ndarray:
    """Landmarks 48 to 67, (F, 20, 3)."""
    t = head.traits
    width = t["mouth_width"] * (1 + 0.28 * made["smile"] + 0.2 * made["stretch"] - 0.38 * made["pucker"] - 0.12 * made["jaw"])
    top = np.array([-1, -0.62, -0.25, 0, 0.25, 0.62, 1.0])
    bottom = np.array([0.62, 0.25, 0, -0.25, -0.62])
    inner_top, inner_bottom = np.array([-0.85, -0.3, 0, 0.3, 0.85]), np.array([0.3, 0, -0.3])

    def middle(across: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        bent = 0.09 * made["smile"] * np.abs(across) ** 1.5 - 0.08 * made["sad"] * np.abs(across) ** 1.5
        return width * across, t["mouth_y"] + t["corners"] * across**2 + bent

    def dropped(across: np.ndarray) -> np.ndarray:
        return 0.42 * made["jaw"] * (1 - 0.55 * across**2) + 0.07 * made["lower"] * (1 - across**2)

    def out(x: np.ndarray, y: np.ndarray, share: float) -> np.ndarray:
        return head.surface(x, y) + share * t["mouth_out"] + 0.1 * made["pucker"]

    x, y = middle(top)
    thick = t["upper_lip"] * (1 - np.abs(top) ** 1.6) * (1 + 0.5 * made["pucker"] - 0.35 * made["smile"] - 0.6 * made["roll"])
    lift = 0.07 * made["upper"] * (1 - top**2) - t["cupid"] * (top == 0) - 0.16 * made["jaw"] * (np.abs(top) == 1)
    upper = stacked(x, y + thick + lift, out(x, y, 1))
    x, y = middle(bottom)
    thick = t["lower_lip"] * (1 - np.abs(bottom) ** 1.8) * (1 + 0.4 * made["pucker"] - 0.3 * made["smile"] - 0.5 * made["roll"])
    lower = stacked(x, y - thick - dropped(bottom), out(x, y, 1) - 0.25 * dropped(bottom))
    x, y = middle(inner_top)
    lift = 0.07 * made["upper"] * (1 - inner_top**2) - 0.15 * made["jaw"] * np.abs(inner_top) ** 3
    inner_upper = stacked(x, y + 0.1 * t["upper_lip"] + lift, out(x, y, 0.8))
    x, y = middle(inner_bottom)
    inner_lower = stacked(x, y - 0.12 * t["lower_lip"] - dropped(inner_bottom), out(x, y, 0.7) - 0.1 * made["jaw"])
    return np.concatenate([upper, lower, inner_upper, inner_lower], 1)


def jaw_candidates(head: Head, made: dict[str, np.ndarray]) -> np.ndarray:
    """For landmarks 0 to 16 the points round the head at their height, (F, 17, 15, 3): the outline is where they end."""
    t, place = head.traits, np.linspace(-1, 1, JAW_POINTS)
    up = np.abs(place)  # 0 at the chin, 1 at the ears
    y = -t["jaw_length"] * (1 - 1.02 * up ** (2 + t["square"])) + 0.05 * up - 0.3 * made["jaw"] * (1 - up) ** 0.6 * (up < 0.8)
    widths = [0, 0.9 * t["chin_width"], 0.74 * t["cheeks"], 0.96 * t["cheeks"], t["width"]]
    width = np.sign(place) * np.interp(up, [0, 0.25, 0.5, 0.75, 1], widths)
    forward = np.interp(up, [0, 0.3, 1], [0.62 * t["depth"] + t["chin_out"], 0.42 * t["depth"], -0.1])
    sine, cosine = np.sin(OUTLINE_ANGLES), np.cos(OUTLINE_ANGLES)
    z = 0.85 * t["depth"] * sine + forward[:, None] * (0.5 * cosine + 0.5)
    z[JAW_POINTS // 2] = 0.66 * t["depth"] + t["chin_out"]  # the chin is one point
    return stacked(width[:, None] * cosine**0.6, y[..., None], z)


def outermost(seen: np.ndarray) -> np.ndarray:
    """Of (F, 17, K, 2) the points furthest to the left for the image's left half, and to the right for its right half: (F, 17, 2)."""
    side = np.sign(np.arange(JAW_POINTS) - JAW_POINTS // 2)
    at = (seen[..., 0] * np.where(side < 0, 1, -1)[:, None]).argmin(-1)
    return np.take_along_axis(seen, at[..., None, None], 2)[:, :, 0]


def common_motion(frames: int, seed: int) -> Motion:
    """What all people of a grid do."""
    return draw_motion(generator(seed, "procedural", "motion"), frames)


def grid(identities: int, frames: int, seed: int) -> np.ndarray:
    """Landmarks (identities, frames, 68, 2) float32 of people who all move alike."""
    motion = common_motion(frames, seed)
    people = (generator(seed, "procedural", number) for number in range(identities))
    return np.stack([landmarks(draw_head(random), motion, random) for random in people])
