"""The verb `animate`, registered in `reenact.cli`."""

from __future__ import annotations

import math
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from reenact.console import GENERATOR_SPEC, SPEC
from reenact.errors import ReenactError

if TYPE_CHECKING:
    from reenact.reenactment.transfer import LandmarkSource

Landmarks = StrEnum("Landmarks", ["ldnet", "driver"])
Device = StrEnum("Device", ["auto", "cpu", "cuda"])
UNNAMED = "Without it, that of this folder's models/ where it is trained, else the released one."
Face = Annotated[int | None, typer.Option(help="Which face of the portrait, numbered from the left; without it the largest.", min=1)]


def animate(
    target: Annotated[list[Path], typer.Option(help="A portrait: a picture file; may be given several times.")],
    driver: Annotated[Path, typer.Option(help="A video whose face drives the portrait, or a folder of videos.")],
    out: Annotated[Path, typer.Option(help="The MP4 file to write; a folder where there are several targets or drivers.")],
    landmarks: Annotated[
        Landmarks, typer.Option(help="ldnet: the driver's motion on the target's face shape; driver: the driver's landmarks as they are.")
    ] = Landmarks.ldnet,
    compare: Annotated[bool, typer.Option("--compare", help="Show target, driver and result side by side.")] = False,
    image_sequence: Annotated[bool, typer.Option("--image-sequence", help="Write a folder of PNG pictures instead of a video.")] = False,
    start: Annotated[float, typer.Option(help="Second of the driver to begin at.", min=0)] = 0.0,
    duration: Annotated[float | None, typer.Option(help="Seconds of the driver to animate; without it to its end.")] = None,
    face: Face = None,
    watermark: Annotated[bool, typer.Option("--watermark", help="Write GENERATED into a corner of every frame.")] = False,
    ldnet: Annotated[str | None, typer.Option(metavar="SPEC", help=f"{SPEC} {UNNAMED}")] = None,
    generator: Annotated[str | None, typer.Option(metavar="SPEC", help=f"{GENERATOR_SPEC} {UNNAMED}")] = None,
    device: Annotated[Device, typer.Option(help="Where the networks run: auto takes CUDA where there is one.")] = Device.auto,
) -> None:
    """Make the person of a portrait do what the person in a video does."""
    from reenact.animate.layout import shown_side
    from reenact.animate.plan import plan
    from reenact.animate.run import Options, animate_all
    from reenact.reenactment.networks import load_reenactor
    from reenact.reenactment.portrait import read_target
    from reenact.training.device import pick_device

    if not math.isfinite(start):
        raise ReenactError(f"--start {start:g} must be a number of seconds")
    if duration is not None and not 0 < duration < math.inf:
        raise ReenactError(f"--duration {duration:g} must be a number over 0 seconds")
    jobs = plan(target, driver, out, pictures=image_sequence)
    reenactor = load_reenactor(ldnet, generator, pick_device(device.value))
    size = reenactor.size
    targets = [read_target(path, face, reenactor.generator.crop, size, shown_side(size)) for path in target]
    options = Options(cast("LandmarkSource", landmarks.value), compare, watermark, image_sequence, start, duration)
    animate_all(reenactor, targets, jobs, options)
