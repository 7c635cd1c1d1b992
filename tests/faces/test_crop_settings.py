from __future__ import annotations

import pytest

from reenact.config.data import ShardsParams
from reenact.errors import ReenactError
from reenact.faces.crop_settings import CropSettings

SHARDS = ShardsParams(crop_scale=2.5, crop_shift_up=0.25, crop_smoothing_seconds=0.75, detect_every=7, detector_upsampling=1)
WRITTEN = {"scale": 2.5, "shift_up": 0.25, "smoothing_seconds": 0.75, "detect_every": 7, "detector_upsampling": 1}


def test_settings_are_those_that_shards_are_extracted_with() -> None:
    assert CropSettings.of(SHARDS).model_dump() == WRITTEN


def test_a_network_says_how_its_pictures_were_cut_out() -> None:
    assert CropSettings.of_network({"crop": WRITTEN, "other": 1}) == CropSettings.of(SHARDS)
    assert CropSettings.of_network({"other": 1}) is None


def test_settings_that_make_no_sense_are_refused() -> None:
    with pytest.raises(ReenactError, match=r"crop is damaged \(2 wrong keys\); export the network again"):
        CropSettings.of_network({"crop": WRITTEN | {"scale": "large", "shift_up": None}})
