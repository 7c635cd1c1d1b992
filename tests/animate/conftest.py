"""Rendered people as portraits and drivers, and networks that were never trained: what they paint means nothing, where it goes does."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from typer.testing import CliRunner

from reenact import params as p
from reenact.animate.networks import Networks, load_networks
from reenact.cli import app
from reenact.corpus.synthetic.portraits import neutral_portrait
from reenact.faces.crop_settings import KEY, CropSettings
from reenact.faces.headmodel import head_model
from reenact.fdgan.model import FDGAN
from reenact.fdgan.model import NETWORK as FDGAN_NETWORK
from reenact.ldnet.model import NETWORK as LDNET_NETWORK
from reenact.ldnet.model import LDNet
from reenact.training.curves import Curves
from reenact.training.export import export
from reenact.video.encode import VideoWriter
from tests.media import ffmpeg

SIDE = 320


@pytest.fixture(scope="session")
def faces() -> list[np.ndarray]:
    """Portraits (256, 256, 3) uint8 of two people."""
    return [neutral_portrait(p.Params(), head_model().person(seed), f"animate {seed}") for seed in (5, 6)]


def scene(*placed: tuple[np.ndarray, float, float, float], size: tuple[int, int] = (SIDE, SIDE)) -> np.ndarray:
    """A grey picture, size (width, height), with portraits in it, each with its left and top edge in pixels and its scale."""
    canvas = np.full((size[1], size[0], 3), 90, np.uint8)
    for portrait, left, top, scale in placed:
        matrix = np.array([[scale, 0, left], [0, scale, top]], np.float64)
        cv2.warpAffine(portrait, matrix, size, dst=canvas, flags=cv2.INTER_AREA, borderMode=cv2.BORDER_TRANSPARENT)
    return canvas


def save(path: Path, picture: np.ndarray) -> Path:
    cv2.imwrite(str(path), picture[..., ::-1])
    return path


@pytest.fixture(scope="session")
def folder(faces, tmp_path_factory) -> Path:
    """portrait.png; driver.mp4: another person who moves, 24 frames of 25 a second, with sound; silent.mp4: the same without; empty.mp4:
    nobody; comes.mp4: nobody in the first 6 of 18 frames and in the last 6."""
    folder = tmp_path_factory.mktemp("animate")
    save(folder / "portrait.png", scene((faces[0], 30, 30, 1)))
    shown = {"silent": [True] * 24, "empty": [False] * 8, "comes": [False] * 6 + [True] * 6 + [False] * 6}
    for name, there in shown.items():
        with VideoWriter(folder / f"{name}.mp4", (SIDE, SIDE)) as video:
            for k, person in enumerate(there):
                video.write(scene((faces[1], 20 + k, 30 + 6 * np.sin(k / 4), 1)) if person else scene())
    sound = ["-f", "lavfi", "-i", "sine=frequency=440:duration=0.96"]
    ffmpeg("-i", folder / "silent.mp4", *sound, "-c:v", "copy", "-c:a", "aac", folder / "driver.mp4")
    return folder


@pytest.fixture(scope="session")
def models(tmp_path_factory) -> Path:
    """Folders ldnet and fdgan, of 64 pixels."""
    folder = tmp_path_factory.mktemp("models")
    torch.manual_seed(0)
    ldnet = p.LDNet(hidden_layers=1, hidden_units=32)
    fdgan = p.FDGAN(image_size=64, widths=(4, 8, 8, 16), rows=(8, 8, 4, 4), tag_length=4)
    crop = CropSettings.of(p.Shards()).model_dump()
    for name, network, module, section, extra in (
        ("ldnet", LDNET_NETWORK, LDNet(ldnet), ldnet, None),
        ("fdgan", FDGAN_NETWORK, FDGAN(fdgan), fdgan, {KEY: crop}),
    ):
        export(
            folder / name, module, network=network, section=section.model_dump(mode="json"), seed=0, made_from={},
            iterations={}, curves=Curves(), extra=extra,
        )  # fmt: skip
    return folder


@pytest.fixture(scope="session")
def networks(models) -> Networks:
    return load_networks(str(models / "ldnet"), str(models / "fdgan"), torch.device("cpu"))


@pytest.fixture
def animate(models) -> Callable[..., None]:
    """animate(target, driver, out, *options): `reenact animate`; what it raises is raised here."""

    def run(target: Path, driver: Path, out: Path, *options: str) -> None:
        networks = ["--ldnet", models / "ldnet", "--fdgan", models / "fdgan"]
        command = ["animate", "--target", target, "--driver", driver, "--out", out, *networks, *options]
        result = CliRunner().invoke(app, [str(part) for part in command])
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        assert result.exit_code == 0, result.output

    return run
