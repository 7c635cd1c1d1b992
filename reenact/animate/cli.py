"""The verbs `animate` and `inspect`, registered in `reenact.cli`."""

from __future__ import annotations

import math
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from reenact.errors import ReenactError
from reenact.workspace import FDGAN, LDNET

Landmarks = StrEnum("Landmarks", ["ldnet", "source"])
Device = StrEnum("Device", ["auto", "cpu", "cuda"])
SPEC = "A model folder, or the id of the MLflow run that trained it."
Face = Annotated[int | None, typer.Option(help="Which face of the portrait, numbered from the left; without it the largest.", min=1)]


def animate(
    target: Annotated[list[Path], typer.Option(help="A portrait: a picture file; may be given several times.")],
    driver: Annotated[Path, typer.Option(help="A video whose face drives the portrait, or a folder of videos.")],
    out: Annotated[Path, typer.Option(help="The MP4 file to write; a folder where there are several targets or drivers.")],
    landmarks: Annotated[
        Landmarks, typer.Option(help="ldnet: the driver's motion on the target's face shape; source: the driver's landmarks as they are.")
    ] = Landmarks.ldnet,
    compare: Annotated[bool, typer.Option("--compare", help="Show target, driver and result side by side.")] = False,
    image_sequence: Annotated[bool, typer.Option("--image-sequence", help="Write a folder of PNG pictures instead of a video.")] = False,
    start: Annotated[float, typer.Option(help="Second of the driver to begin at.", min=0)] = 0.0,
    duration: Annotated[float | None, typer.Option(help="Seconds of the driver to animate; without it to its end.")] = None,
    face: Face = None,
    mark: Annotated[bool, typer.Option("--mark", help="Write GENERATED into a corner of every frame.")] = False,
    ldnet: Annotated[str, typer.Option(metavar="SPEC", help=SPEC)] = LDNET,
    fdgan: Annotated[str, typer.Option(metavar="SPEC", help=SPEC)] = FDGAN,
    device: Annotated[Device, typer.Option(help="Where the networks run: auto takes CUDA where there is one.")] = Device.auto,
) -> None:
    """Animate a portrait by a driving video: its motion, times and sound, the portrait's person."""
    from reenact.animate.networks import load_networks
    from reenact.animate.plan import plan
    from reenact.animate.run import Wishes, animate_all
    from reenact.animate.target import read_target
    from reenact.training.device import pick_device

    if not math.isfinite(start):
        raise ReenactError(f"--start {start:g} must be a number of seconds")
    if duration is not None and not 0 < duration < math.inf:
        raise ReenactError(f"--duration {duration:g} must be a number over 0 seconds")
    jobs = plan(target, driver, out, pictures=image_sequence)
    networks = load_networks(ldnet, fdgan, pick_device(device.value))
    targets = [read_target(path, face, networks.crop, networks.size, networks.shown) for path in target]
    wishes = Wishes(landmarks.value, compare, mark, image_sequence, start, duration)
    animate_all(networks, targets, jobs, wishes)


def inspect(
    path: Annotated[Path, typer.Argument(metavar="PORTRAIT|VIDEO", help="A picture or a video file.")],
    out: Annotated[Path | None, typer.Option(help="The picture to write; without it NAME-inspect.jpg in this folder.")] = None,
    fdgan: Annotated[str | None, typer.Option(metavar="SPEC", help=f"{SPEC} Its crop is drawn; without it the default one.")] = None,
    face_model: Annotated[str, typer.Option(help="The 3D face model that is fitted: anny, or a folder in ICT-FaceKit's format.")] = "anny",
) -> None:
    """Draw what is seen in a portrait or a video: detections, landmarks, crop and head-model fit."""
    from reenact.animate.inspection import inspect as draw
    from reenact.animate.networks import crop_of, model_folder
    from reenact.faces.crop_settings import CropSettings
    from reenact.params import Shards

    crop = CropSettings.of(Shards()) if fdgan is None else crop_of(model_folder(fdgan, "fdgan"))
    picture = out or Path(f"{path.stem}-inspect.jpg")
    typer.echo(draw(path, picture, crop, face_model))
    typer.echo(f"Wrote {picture}")
