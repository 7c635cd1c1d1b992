"""A part of the driver: its pictures and its sound begin together."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from reenact.cli import app
from tests.support.media import ffmpeg
from tests.support.sounds import listen


@pytest.mark.parametrize("start", [0.0, 0.4])
def test_the_sound_begins_where_the_pictures_do(folder, animate, tmp_path, start):
    """The driver's tone rises by 4000 Hz a second, so that its pitch tells the time."""
    tone = ["-f", "lavfi", "-i", "aevalsrc='0.6*sin(2*PI*(400*t+2000*t*t))':s=48000:d=0.96"]
    driver = tmp_path / "rising.mp4"
    ffmpeg("-i", folder / "silent.mp4", *tone, "-c:v", "copy", "-c:a", "aac", driver)
    animate(folder / "portrait.png", driver, tmp_path / "out.mp4", "--start", f"{start}", "--duration", "0.4")
    heard = listen(tmp_path / "out.mp4")
    for second in (0.1, 0.3):
        assert heard.pitch(second - 0.02, second + 0.02) == pytest.approx(400 + 4000 * (start + second), abs=130)
    assert heard.samples.shape[1] / heard.rate == pytest.approx(0.4, abs=0.05)
    assert heard.level(0, 0.4).max() > 0.3


@pytest.mark.parametrize("start", ["-1", "-0.001"])
def test_a_part_cannot_begin_before_the_driver_does(folder, models, tmp_path, start):
    networks = ["--ldnet", str(models / "ldnet"), "--generator", str(models / "fdgan")]
    files = ["--target", str(folder / "portrait.png"), "--driver", str(folder / "driver.mp4"), "--out", str(tmp_path / "out.mp4")]
    result = CliRunner().invoke(app, ["animate", *files, *networks, "--start", start])
    assert result.exit_code != 0
    assert "--start" in result.output or "--start" in str(result.exception)
    assert list(tmp_path.iterdir()) == []
