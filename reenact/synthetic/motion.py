"""A clip's motion: speech, blinks, brows, smiles, gaze and head turns as smooth curves over time."""

from __future__ import annotations

import numpy as np

from reenact.config.data import SyntheticParams
from reenact.face3d.headmodel.blendshapes import BLENDSHAPE_INDEX, BLENDSHAPES
from reenact.video import FPS


def draw_motion(rng: np.random.Generator, frames: int, params: SyntheticParams) -> tuple[np.ndarray, np.ndarray]:
    """Blendshape weights (F, 51) in 0..1 and rotations (F, 3) yaw, pitch, roll in radians, within the ranges that params set."""
    blendshapes = np.zeros((frames, len(BLENDSHAPES)))

    def put(values: np.ndarray, *names: str) -> None:
        for name in names:
            blendshapes[:, BLENDSHAPE_INDEX[name]] = np.clip(values, 0, 1)

    def both(values: np.ndarray, name: str) -> None:
        uneven = rng.uniform(0.9, 1.0, 2)
        for side, share in zip(("Left", "Right"), uneven, strict=True):
            put(values * share, name + side)

    def wander(hertz: float) -> np.ndarray:
        return smooth_noise(rng, frames, hertz)

    talking = np.clip(0.55 + 0.8 * wander(0.5), 0, 1)
    put(np.clip(0.20 + 0.30 * wander(2.6), 0, 0.75) * talking, "jawOpen")
    put(np.clip(0.45 * wander(1.8), 0, 0.55) * talking, "mouthFunnel")
    put(np.clip(0.55 * wander(1.3) - 0.1, 0, 0.65) * talking, "mouthPucker")
    put(np.clip(0.3 * wander(1.1) - 0.1, 0, 0.3) * talking, "mouthRollLower")
    both(np.clip(0.35 * wander(1.2), 0, 0.4) * talking, "mouthStretch")
    both(np.clip(0.35 * wander(1.5), 0, 0.4) * talking, "mouthUpperUp")
    both(np.clip(0.45 * wander(1.5), 0, 0.5) * talking, "mouthLowerDown")
    smile = np.clip(rng.uniform(-0.15, 0.6) + 0.5 * wander(0.3), 0, 0.85)
    both(smile, "mouthSmile")
    both(0.45 * smile, "cheekSquint")
    both(np.clip(-0.4 * wander(0.3) - 0.25, 0, 0.35) * (smile < 0.1), "mouthFrown")
    brows = rng.uniform(-0.1, 0.25) + 0.5 * wander(0.4)
    put(np.clip(brows, 0, 0.9), "browInnerUp")
    both(np.clip(brows - 0.1, 0, 0.8), "browOuterUp")
    both(np.clip(-0.6 * brows - 0.15, 0, 0.4), "browDown")
    both(blinks(rng, frames), "eyeBlink")
    both(np.clip(0.4 * wander(0.4) - 0.2, 0, 0.3), "eyeSquint")
    aside, up = 0.6 * wander(0.4), 0.4 * wander(0.35)
    put(aside, "eyeLookOutLeft", "eyeLookInRight")
    put(-aside, "eyeLookInLeft", "eyeLookOutRight")
    put(up, "eyeLookUpLeft", "eyeLookUpRight")
    put(-up, "eyeLookDownLeft", "eyeLookDownRight")
    limits = np.radians([params.yaw_degrees, params.pitch_degrees, params.roll_degrees])
    rest = rng.uniform(-0.4, 0.4, 3)
    swing = np.stack([0.75 * wander(0.3), 0.6 * wander(0.35), 0.5 * wander(0.3)], 1)
    return blendshapes, limits * np.clip(rest + swing, -1, 1)


def smooth_noise(rng: np.random.Generator, frames: int, hertz: float) -> np.ndarray:
    """A sum of three sines about a frequency, with values mostly in -1..1, (F,)."""
    time = np.arange(frames) / FPS
    curves = [np.sin(2 * np.pi * hertz * rng.uniform(0.5, 1.5) * time + rng.uniform(0, 2 * np.pi)) * rng.uniform(0.4, 1) for _ in range(3)]
    return np.sum(curves, 0) / 2.1


def blinks(rng: np.random.Generator, frames: int) -> np.ndarray:
    """How far the eyes are closed, (F,): a blink of a fifth of a second every two to four seconds."""
    closed = np.zeros(frames)
    moment = rng.uniform(0, 2.5)
    while moment * FPS < frames:
        closed += np.exp(-(((np.arange(frames) - moment * FPS) / 1.7) ** 2))
        moment += rng.uniform(2, 4)
    return np.minimum(closed, 1)
