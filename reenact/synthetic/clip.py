"""One rendered clip: a figure, a scene and a motion into a video with its truth beside it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq

from reenact.clips import Clip
from reenact.config.data import SyntheticParams
from reenact.face3d.headmodel import Camera, head_model
from reenact.files import atomic_path
from reenact.rendered import rendered
from reenact.synthetic.atlas import atlas
from reenact.synthetic.clothes import dress
from reenact.synthetic.figure import Figure
from reenact.synthetic.motion import draw_motion
from reenact.synthetic.renderer import Renderer
from reenact.synthetic.scene import Scene, draw_camera, draw_scene
from reenact.synthetic.truth import frames_table, truth_path, with_encoder
from reenact.video.encode import VideoWriter
from reenact.video.ffmpeg_build import FfmpegBuild


@dataclass(frozen=True)
class Take:
    """All that a clip shows besides its subject: scene, dressed texture, blendshapes (F, 51), rotation (F, 3) radians and camera."""

    scene: Scene
    texture: np.ndarray
    blendshapes: np.ndarray
    rotation: np.ndarray
    camera: Camera


def draw_take(figure: Figure, seed: int, subject: str, video: str, params: SyntheticParams) -> Take:
    """A clip's take: a pure function of the seed, the names, the parameters and the renderer's version."""
    blendshapes, rotation = draw_motion(rendered(seed, "motion", subject, video), params.frames_per_clip, params)
    return Take(
        draw_scene(rendered(seed, "scene", subject, video), params.image_size),
        dress(figure.texture, atlas(), rendered(seed, "clothes", subject, video)),
        blendshapes,
        rotation,
        draw_camera(rendered(seed, "camera", subject, video), params.image_size, params.frames_per_clip),
    )


def subject_figure(seed: int, subject: str) -> Figure:
    """A rendered subject: a pure function of the seed, the subject's name and the renderer's version."""
    return Figure(head_model().person(rendered(seed, "identity", subject)), rendered(seed, "looks", subject))


def render_clips(seed: int, params: SyntheticParams, encoder: FfmpegBuild, clips: list[Clip]) -> None:
    """Render clips of one subject into their files: first the truth, then the video, each appearing whole."""
    figure = subject_figure(seed, clips[0].subject)
    renderer = Renderer(params.image_size, params.supersampling)
    for clip in clips:
        take = draw_take(figure, seed, clip.subject, clip.video, params)
        landmarks = figure.model.landmarks(figure.shape, take.blendshapes, take.rotation, take.camera)
        with atomic_path(truth_path(clip.path)) as part:
            pq.write_table(with_encoder(frames_table(clip, landmarks, take.blendshapes, take.rotation), encoder), part)
        film(clip.path, renderer, figure, take, params.crf, encoder)


def film(path: Path, renderer: Renderer, figure: Figure, take: Take, crf: int, encoder: FfmpegBuild) -> None:
    """Render a take into a video, which appears whole."""
    with VideoWriter(path, (take.camera.size, take.camera.size), crf=crf, encoder=encoder) as video:
        for frame in range(len(take.blendshapes)):
            video.write(
                renderer.draw(figure, take.texture, take.scene, take.blendshapes[frame], take.rotation[frame], take.camera.frame(frame))
            )
