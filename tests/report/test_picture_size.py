from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from reenact.report.curves import write_curves
from reenact.report.picture_size import width_of


@pytest.mark.parametrize("ending", ["jpg", "png"])
def test_a_picture_is_as_wide_as_its_pixels(tmp_path, ending):
    Image.new("RGB", (321, 45)).save(tmp_path / f"a.{ending}")
    assert width_of(tmp_path / f"a.{ending}") == 321


def test_a_drawing_is_as_wide_as_its_inches(tmp_path):
    write_curves(tmp_path / "a.svg", {"loss": (np.arange(3), np.arange(3.0))})
    assert width_of(tmp_path / "a.svg") == round(3 * 2.9 * 96)
