"""How a network's training pictures were cropped. Stored with its export, so that other pictures are cropped alike."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from reenact.config.data import ShardsParams
from reenact.config.section import Section
from reenact.errors import ReenactError

KEY = "crop"  # in FD-GAN's model.json


class CropSettings(Section):
    """Parameters of the crop rule (`faces.crop.CROP_RULE`) and of the detection before it.

    scale, shift_up: as `crop_scale` and `crop_shift_up` of the parameters. smoothing_seconds: deviation of the Gaussian over time.
    detect_every: frames between two runs of the detector at 25 frames/s. detector_upsampling: times a frame is doubled for it.
    """

    scale: float
    shift_up: float
    smoothing_seconds: float
    detect_every: int
    detector_upsampling: int

    @classmethod
    def of(cls, shards: ShardsParams) -> CropSettings:
        """The settings that shards are extracted with."""
        return cls(
            scale=shards.crop_scale,
            shift_up=shards.crop_shift_up,
            smoothing_seconds=shards.crop_smoothing_seconds,
            detect_every=shards.detect_every,
            detector_upsampling=shards.detector_upsampling,
        )

    @classmethod
    def of_network(cls, description: Mapping[str, Any]) -> CropSettings | None:
        """What a network's model.json says; None for one that was exported before it said so. ReenactError where it makes no sense."""
        if KEY not in description:
            return None
        try:
            return cls.model_validate(description[KEY])
        except ValidationError as error:
            raise ReenactError(f"model.json: {KEY} is damaged ({error.error_count()} wrong keys); export the network again") from error
