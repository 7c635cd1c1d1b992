"""The rendered performer: a video of one unseen person, whose poses and expressions LMTest takes over."""

from __future__ import annotations

from pathlib import Path

from reenact.config.schema import Params
from reenact.face3d.headmodel import Camera
from reenact.rendered import rendered
from reenact.synthetic.atlas import atlas
from reenact.synthetic.clip import Take, film, subject_figure
from reenact.synthetic.clothes import dress
from reenact.synthetic.renderer import Renderer
from reenact.synthetic.scene import draw_scene
from reenact.synthetic.unseen_people import unseen_performance
from reenact.video.ffmpeg_build import FfmpegBuild

NAME = "performer"  # as a subject's name it belongs to no corpus


def write_performer(params: Params, path: Path, encoder: FfmpegBuild) -> Path:
    """Render the performance of `unseen_performance` as a video of `testsets.lmtest_frames` frames, and return its path."""
    config, seed = params.corpus.synthetic, params.data_seed
    figure = subject_figure(seed, NAME)
    blendshapes, rotation = unseen_performance(params.testsets.lmtest_frames, seed)
    scene = draw_scene(rendered(seed, "scene", NAME), config.image_size)
    texture = dress(figure.texture, atlas(), rendered(seed, "clothes", NAME))
    renderer = Renderer(config.image_size, config.supersampling)
    film(path, renderer, figure, Take(scene, texture, blendshapes, rotation, Camera(config.image_size)), config.crf, encoder)
    return path
