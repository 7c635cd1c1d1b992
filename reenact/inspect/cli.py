"""The verb `inspect`, registered in `reenact.cli`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from reenact.console import GENERATOR_SPEC


def inspect(
    path: Annotated[Path, typer.Argument(metavar="PORTRAIT|VIDEO", help="A picture or a video file.")],
    out: Annotated[Path | None, typer.Option(help="The picture to write; without it NAME-inspect.jpg in this folder.")] = None,
    generator: Annotated[
        str | None, typer.Option(metavar="SPEC", help=f"{GENERATOR_SPEC} Its crop is drawn; without it the default one.")
    ] = None,
    face_model: Annotated[str, typer.Option(help="The 3D face model that is fitted: anny, or a folder in ICT-FaceKit's format.")] = "anny",
) -> None:
    """Draw what is seen in a portrait or a video: detections, landmarks, crop and head-model fit."""
    from reenact.config.data import ShardsParams
    from reenact.faces.crop_settings import CropSettings
    from reenact.generators.base import crop_of
    from reenact.inspect.inspection import inspect as draw
    from reenact.reenactment.networks import generator_of, model_folder

    crop = CropSettings.of(ShardsParams())
    if generator is not None:
        folder = model_folder(generator, "generator")
        crop = crop_of(folder, generator_of(folder).network)
    picture = out or Path(f"{path.stem}-inspect.jpg")
    typer.echo(draw(path, picture, crop, face_model))
    typer.echo(f"Wrote {picture}")
