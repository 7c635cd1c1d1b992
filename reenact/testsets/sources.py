"""Whom and what LMTest shows, as fitted."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Identities:
    """Who is shown.

    source: where they come from, in words. names: one for each identity. shapes: (n, V, 3) neutral vertices of the face model. left_out:
    pictures without an identity, by reason. residual: the fits' mean distance of landmarks, in parts of the outer-eye distance.
    """

    source: str
    names: list[str]
    shapes: np.ndarray
    left_out: dict[str, int]
    residual: float


@dataclass(frozen=True)
class Performance:
    """What is shown.

    source: where it comes from, in words. blendshapes: (T, 51). rotation: (T, 3) yaw, pitch, roll in radians. left_out, residual: as
    in `Identities`, of frames. ffmpeg: what encoded the video, where it was rendered (see `FfmpegBuild.about`).
    """

    source: str
    blendshapes: np.ndarray
    rotation: np.ndarray
    left_out: dict[str, int]
    residual: float
    ffmpeg: dict[str, str] | None = None
