"""Fixtures: rendered people as portraits and drivers, and networks that were never trained.

What the networks generate means nothing; tests look at where it goes. A conftest imports the fixtures that its folder's tests need; each is
made once per session.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pytest
import torch

from reenact.config.data import ShardsParams
from reenact.config.networks import FDGANParams, LDNetParams
from reenact.config.schema import Params
from reenact.face3d.headmodel import head_model
from reenact.faces.crop_settings import KEY, CropSettings
from reenact.generators.fdgan.model import FDGAN
from reenact.ldnet.model import NETWORK as LDNET_NETWORK
from reenact.ldnet.model import LDNet
from reenact.reenactment.networks import load_reenactor
from reenact.reenactment.reenactor import Reenactor
from reenact.synthetic.portraits import neutral_portrait
from reenact.training.curves import Curves
from reenact.training.export import export
from reenact.video.encode import VideoWriter
from tests.support.media import ffmpeg
from tests.support.scenes import SIDE, save, scene


@pytest.fixture(scope="session")
def faces() -> list[np.ndarray]:
    """Portraits (256, 256, 3) uint8 of two people, whom dlib tells apart, before calm walls."""
    return make_faces()


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """portrait.png; driver.mp4: another person who moves, 24 frames of 25 a second, with sound; silent.mp4: the same without sound;
    empty.mp4: nobody; comes.mp4: nobody in the first 6 and the last 6 of 18 frames."""
    return make_folder(tmp_path_factory.getbasetemp())


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folders ldnet and fdgan, of 64 pixels."""
    return make_models(tmp_path_factory.getbasetemp())


@pytest.fixture(scope="session")
def reenactor(models: Path) -> Reenactor:
    """The networks of `models`."""
    return load_reenactor(str(models / "ldnet"), str(models / "fdgan"), torch.device("cpu"))


@cache
def make_faces() -> list[np.ndarray]:
    return [neutral_portrait(Params(), head_model().person(seed), f"animate {seed}") for seed in (18, 10)]


@cache
def make_folder(above: Path) -> Path:
    folder, faces = above / "people", make_faces()
    folder.mkdir()
    save(folder / "portrait.png", scene((faces[0], 30, 30, 1)))
    shown = {"silent": [True] * 24, "empty": [False] * 8, "comes": [False] * 6 + [True] * 6 + [False] * 6}
    for name, there in shown.items():
        with VideoWriter(folder / f"{name}.mp4", (SIDE, SIDE)) as video:
            for k, person in enumerate(there):
                video.write(scene((faces[1], 20 + k, 30 + 6 * np.sin(k / 4), 1)) if person else scene())
    sound = ["-f", "lavfi", "-i", "sine=frequency=440:duration=0.96"]
    ffmpeg("-i", folder / "silent.mp4", *sound, "-c:v", "copy", "-c:a", "aac", folder / "driver.mp4")
    return folder


@cache
def make_models(above: Path) -> Path:
    folder = above / "untrained"
    torch.manual_seed(0)
    ldnet = LDNetParams(hidden_layers=1, hidden_units=32)
    fdgan = FDGANParams(image_size=64, widths=(4, 8, 8, 16), rows=(8, 8, 4, 4), tag_length=4, precision="float32")
    crop = CropSettings.of(ShardsParams()).model_dump()
    for name, network, module, section, extra in (
        ("ldnet", LDNET_NETWORK, LDNet(ldnet), ldnet, None),
        ("fdgan", "FDGAN", FDGAN(fdgan), fdgan, {KEY: crop}),
    ):
        export(
            folder / name, module, network=network, section=section.model_dump(mode="json"), seed=0, made_from={},
            iterations={}, curves=Curves(), extra=extra,
        )  # fmt: skip
    return folder
