from __future__ import annotations

import csv
import os
import pickle
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import torch

from reenact.errors import ReenactError
from reenact.faces.crop_settings import CropSettings
from reenact.faces.landmark_image import draw
from reenact.fdgan.model import FDGAN, NETWORK, load_fdgan
from reenact.fdgan.steps import Adversaries, Steps
from reenact.fdgan.train import train_fdgan
from reenact.params import Schedule
from reenact.shards.pairs import PairBatch
from reenact.steps.fdgan import precision
from reenact.training.curves import Curves
from reenact.training.export import export, read_description
from reenact.training.seeding import torch_seed
from reenact.training.tracker import NullTracker

CPU = torch.device("cpu")
FILES = ("curves.csv", "model.json", "model.safetensors")

IN_A_PROCESS_OF_ITS_OWN = """
import pickle, sys, torch
from pathlib import Path
from reenact.fdgan.train import train_fdgan
from reenact.shards.pairs import PairStream
from reenact.training.tracker import NullTracker
torch.set_num_threads(1)
folder = Path(sys.argv[1])
params, shard = pickle.loads((folder / "job.pkl").read_bytes())
stream = PairStream([shard], params.training_seed, 64, params.fdgan.schedule.batch_size, shuffle_groups=4, pairs_per_group=4)
where = {"state_dir": folder / "state", "out_dir": folder / "out"}
train_fdgan(params, stream, **where, made_from={}, tracker=NullTracker(), device=torch.device("cpu"))
"""


def train(params, stream, folder: Path, tracker=None, **made_from: str) -> Path:
    tracker = tracker or NullTracker()
    out = folder / "out"
    train_fdgan(params, stream(params), state_dir=folder / "state", out_dir=out, made_from=made_from, tracker=tracker, device=CPU)
    return out


def with_fdgan(params, **changes):
    return params.model_copy(update={"fdgan": params.fdgan.model_copy(update=changes)})


def with_schedule(params, **changes):
    return with_fdgan(params, schedule=params.fdgan.schedule.model_copy(update=changes))


def test_killed_training_ends_with_the_same_bytes(tmp_path, params, stream, shard):
    params = with_schedule(params, iterations=10)
    undisturbed = train(params, stream, tmp_path / "undisturbed")
    killed = tmp_path / "killed"
    killed.mkdir()
    (killed / "job.pkl").write_bytes(pickle.dumps((params, shard)))
    process = subprocess.Popen([sys.executable, "-c", IN_A_PROCESS_OF_ITS_OWN, str(killed)], env={**os.environ, "PYTHONPATH": os.getcwd()})
    deadline = time.monotonic() + 60
    while not list((killed / "state").glob("*/step-*.pt")):
        assert process.poll() is None and time.monotonic() < deadline, "no checkpoint came"
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    assert not (killed / "out").exists()
    train(params, stream, killed)
    for name in FILES:
        assert (killed / "out" / name).read_bytes() == (undisturbed / name).read_bytes()
    assert not list((killed / "state").iterdir())


def test_curves_and_pictures(tmp_path, params, stream):
    seen, pictures = [], []
    tracker = NullTracker()
    tracker.image = lambda name, image, step: pictures.append(image) or seen.append((name, image.shape, image.dtype, step))
    out = train(params, stream, tmp_path, tracker)
    assert seen == [("fdgan", (2 * 64, 4 * 64, 3), np.uint8, step) for step in (3, 6, 8)]
    _, first = next(iter(stream(params).batches(0)))
    for picture in pictures:
        for column, images in ((0, first.target), (3, first.driver)):  # of the stream's first pairs
            expected = (images.permute(0, 2, 3, 1).reshape(2 * 64, 64, 3) + 1) * 127.5
            assert np.abs(picture[:, 64 * column : 64 * (column + 1)] - expected.numpy()).max() <= 0.51
    with (out / "curves.csv").open() as file:
        lines = list(csv.DictReader(file))
    losses = ("discriminator", "classifier", "translator", "reconstruction")
    assert [line["step"] for line in lines] == [str(step) for step in range(1, 9)]
    assert all(np.isfinite(float(line[name])) for line in lines for name in losses)


def test_export_and_load_give_the_same_pictures(tmp_path, params, stream):
    """What is exported is the mean of the weights, and loading it changes no bit."""
    out = train(params, stream, tmp_path, shards="abc")
    loaded = load_fdgan(out, CPU)
    steps = fresh_steps(params)
    for numbered in zip(range(8), (batch for _, batch in stream(params).batches(0)), strict=False):
        steps.step(numbered)
    target, drawn, wanted, _ = steps.images(next(iter(stream(params).batches(0)))[1])
    with torch.no_grad():
        assert torch.equal(loaded(target, drawn, wanted), steps.average(target, drawn, wanted))
        assert not torch.equal(loaded(target, drawn, wanted), steps.fdgan(target, drawn, wanted))
    assert '"shards": "abc"' in (out / "model.json").read_text()
    assert CropSettings.of_network(read_description(out, NETWORK)) == CropSettings.of(params.shards)
    description = read_description(out, NETWORK)
    assert (description["iterations"], description["seed"]) == ({"fdgan": 8}, params.training_seed)
    assert description["params"] == params.fdgan.model_dump(mode="json")
    assert not loaded.training


def test_a_network_goes_to_the_device_that_is_named(tmp_path, params):
    """Any but the processor's memory, where weights are read into: here the one that every machine has."""
    export(
        tmp_path, FDGAN(params.fdgan), network=NETWORK, section=params.fdgan.model_dump(mode="json"), seed=1, made_from={}, iterations={},
        curves=Curves(),
    )  # fmt: skip
    assert {weight.device.type for weight in load_fdgan(tmp_path, torch.device("meta")).parameters()} == {"meta"}


def test_trainings_of_another_seed_input_or_parameter_keep_their_own_state(tmp_path, params, stream):
    class Stopped(Exception):
        """The process ends here."""

    def stop(name, image, step):
        raise Stopped

    tracker = NullTracker()
    tracker.image = stop
    for changed, made_from in (
        (params, {"shards": "abc"}),
        (params.model_copy(update={"training_seed": 6}), {"shards": "abc"}),
        (params, {"shards": "def"}),
        (with_fdgan(params, weight_classifier=3.0), {"shards": "abc"}),
    ):
        with pytest.raises(Stopped):
            train(changed, stream, tmp_path, tracker, **made_from)
    assert [path.name for path in (tmp_path / "state").glob("*/step-*.pt")] == ["step-000000003.pt"] * 4  # none went on from another's


def test_without_averaging_the_last_weights_are_exported(params, stream):
    steps = fresh_steps(with_fdgan(params, average_decay=0.0))
    steps.step(next(iter(stream(params).batches(0))))
    assert all(torch.equal(a, b) for a, b in zip(steps.average.parameters(), steps.fdgan.parameters(), strict=True))


@pytest.mark.parametrize("name", ["float32", "bfloat16"])
def test_the_convolutions_compute_in_the_precision_that_is_named(params, stream, name):
    params = with_fdgan(params, precision=name)
    seen = set()
    watch = torch.nn.modules.module.register_module_forward_hook(
        lambda module, _, result: seen.add(result.dtype) if isinstance(module, torch.nn.Conv2d) else None
    )
    with watch:
        fresh_steps(params).step(next(iter(stream(params).batches(0))))
    assert seen == {precision(params)}


def test_loss_that_is_not_finite_is_an_error(tmp_path, params, stream):
    with pytest.raises(ReenactError, match=r"FD-GAN: the loss '.*' became NaN .* lower fdgan.schedule.learning_rate"):
        train(with_schedule(params, learning_rate=1e30), stream, tmp_path)
    assert not (tmp_path / "out").exists()


def fresh_steps(params, subjects: int = 3) -> Steps:
    """As `train_fdgan` makes them."""
    with torch_seed(params.training_seed, "fdgan"):
        return Steps(FDGAN(params.fdgan), Adversaries(params.fdgan, subjects), params.fdgan, CPU)


def test_each_phase_moves_its_own_network_only(params, stream):
    """D's and C's updates do not depend on the weights of T's loss, and T gets gradient through both without moving them."""
    numbered = next(iter(stream(params).batches(0)))
    plain = fresh_steps(params)
    plain.step(numbered)
    deaf = fresh_steps(with_fdgan(params, weight_discriminator=0.0, weight_classifier=0.0))
    deaf.step(numbered)
    assert all(torch.equal(a, b) for a, b in zip(plain.adversaries.parameters(), deaf.adversaries.parameters(), strict=True))
    assert any(not torch.equal(a, b) for a, b in zip(plain.fdgan.parameters(), deaf.fdgan.parameters(), strict=True))


def test_learns_two_faces_better_than_copying_and_keeps_whose_face_it_is(params, face, portrait):
    """Two subjects, each seen in two poses: the right face in the wanted pose, and another target gives another result."""
    colours = (220, 170, 140), (60, 90, 160)
    before, after = face(-5, 1), face(5, 4)
    batch = PairBatch(
        target=torch.cat([portrait(before, colour) for colour in colours]),
        target_landmarks=torch.from_numpy(np.stack([before, before])),
        target_drawn=draw(np.stack([before, before]), 64),
        driver=torch.cat([portrait(after, colour) for colour in colours]),
        driver_landmarks=torch.from_numpy(np.stack([after, after])),
        driver_drawn=draw(np.stack([after, after]), 64),
        subject=torch.tensor([0, 1]),
    )
    schedule = Schedule(learning_rate=1e-3, batch_size=2, iterations=70)
    quick = {
        "widths": (12, 12, 16, 16),
        "rows": (32, 16, 8, 6),
        "average_decay": 0.8,
        "weight_discriminator": 0.1,
        "weight_classifier": 0.1,
    }
    steps = fresh_steps(with_fdgan(params, schedule=schedule, **quick), subjects=2)
    for step in range(schedule.iterations):
        steps.step((step, batch))
    with torch.no_grad():
        target, drawn, wanted, truth = steps.images(batch)
        painted = steps.average(target, drawn, wanted)
        swapped = steps.average(target.flip(0), drawn, wanted)
    error = (painted - truth).square().mean()
    assert error < (target - truth).square().mean() / 3
    assert (swapped - truth.flip(0)).square().mean() < (swapped - truth).square().mean() / 3
