from __future__ import annotations

import csv
import os
import pickle
import signal
import subprocess
import sys
import time
from itertools import islice
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from reenact.config.networks import Schedule
from reenact.errors import ReenactError
from reenact.faces.crop_settings import CropSettings
from reenact.faces.landmark_image import draw
from reenact.generators.fdgan.adversarial import Adversarial
from reenact.generators.fdgan.model import FDGAN, NETWORK, load_fdgan
from reenact.generators.fdgan.task import FDGANTask, make_task
from reenact.previews import preview
from reenact.shards.pairs import PairBatch
from reenact.stages.networks import precision
from reenact.training.curves import Curves
from reenact.training.export import export, read_description
from reenact.training.trainer import Trainer
from reenact.training.watcher import NullWatcher

CPU = torch.device("cpu")
FILES = ("curves.csv", "model.json", "model.safetensors")

IN_A_PROCESS_OF_ITS_OWN = """
import pickle, sys, torch
from pathlib import Path
from reenact.generators.fdgan.task import make_task
from reenact.training.trainer import Trainer
from reenact.training.watcher import NullWatcher
torch.set_num_threads(1)
folder = Path(sys.argv[1])
params, shard = pickle.loads((folder / "job.pkl").read_bytes())
every, device = params.fdgan.checkpoint_every, torch.device("cpu")
task = make_task(params, [shard], device)
Trainer(params.training_seed, {}, folder / "state", folder / "out", every, device, NullWatcher()).train(task)
"""


def make(params, stream) -> FDGANTask:
    return FDGANTask(params.fdgan, stream, CropSettings.of(params.shards), params.training_seed, CPU)


def make_phase(params, stream) -> Adversarial:
    (phase,) = make(params, stream).phases()
    return phase


def train(params, stream, folder: Path, watcher=None, **made_from: str) -> Path:
    Trainer(
        seed=params.training_seed,
        made_from=made_from,
        state_dir=folder / "state",
        out_dir=folder / "out",
        checkpoint_every=params.fdgan.checkpoint_every,
        device=CPU,
        watcher=watcher or NullWatcher(),
    ).train(make(params, stream(params)))
    return folder / "out"


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
    while not list((killed / "state").glob("*/fdgan/iteration-*.pt")):
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

    def look(name, make, iteration):
        pictures.append(preview(make()))
        seen.append((name, pictures[-1].shape, pictures[-1].dtype, iteration))

    watcher = NullWatcher()
    watcher.samples = look
    out = train(params, stream, tmp_path, watcher)
    assert seen == [("fdgan", (2 * 64, 4 * 64, 3), np.uint8, step) for step in (3, 6, 8)]
    _, first = next(iter(stream(params).batches(0)))
    for picture in pictures:
        for column, images in ((0, first.target), (3, first.driver)):  # of the stream's first pairs
            expected = (images.permute(0, 2, 3, 1).reshape(2 * 64, 64, 3) + 1) * 127.5
            assert np.abs(picture[:, 64 * column : 64 * (column + 1)] - expected.numpy()).max() <= 0.51
    with (out / "curves.csv").open() as file:
        lines = list(csv.DictReader(file))
    losses = ("discriminator", "classifier", "translator", "reconstruction")
    assert [line["iteration"] for line in lines] == [str(step) for step in range(1, 9)]
    assert all(np.isfinite(float(line[name])) for line in lines for name in losses)


def test_export_and_load_give_the_same_pictures(tmp_path, params, stream):
    """What is exported is the EMA of the weights, and loading it changes no bit."""
    out = train(params, stream, tmp_path, shards="abc")
    loaded = load_fdgan(out, CPU)
    phase = make_phase(params, stream(params))
    for batch in islice(phase.batches(0), 8):
        phase.step(batch)
    target, drawn, wanted, _ = phase.images(next(iter(stream(params).batches(0)))[1])
    with torch.no_grad():
        assert torch.equal(loaded(target, drawn, wanted), phase.average(target, drawn, wanted))
        assert not torch.equal(loaded(target, drawn, wanted), phase.fdgan(target, drawn, wanted))
    assert '"shards": "abc"' in (out / "model.json").read_text()
    assert CropSettings.of_network(read_description(out, NETWORK)) == CropSettings.of(params.shards)
    description = read_description(out, NETWORK)
    assert (description["iterations"], description["seed"]) == ({"fdgan": 8}, params.training_seed)
    assert description["params"] == params.fdgan.model_dump(mode="json")
    assert not loaded.training


def test_being_watched_changes_no_byte(tmp_path, params, stream):
    watcher = NullWatcher()
    watcher.samples = lambda name, make, iteration: make()
    watched, alone = train(params, stream, tmp_path / "watched", watcher), train(params, stream, tmp_path / "alone")
    for name in FILES:
        assert (watched / name).read_bytes() == (alone / name).read_bytes()


def test_the_task_of_a_project_takes_its_pairs_and_its_crop_from_the_parameters(params, stream, shard):
    params = with_fdgan(params, shuffle_groups=3, pairs_per_group=5)
    params = params.model_copy(update={"shards": params.shards.model_copy(update={"crop_scale": 2.5})})
    task, by_hand = make_task(params, [shard], CPU), make(params, stream(params))
    assert (task.name, task.network, task.params) == ("fdgan", NETWORK, params.fdgan)
    assert CropSettings.of_network(task.about) == CropSettings.of(params.shards) and task.about["crop"]["scale"] == 2.5
    ((phase,), (other,)) = task.phases(), by_hand.phases()
    assert all(torch.equal(a, b) for a, b in zip(phase.fdgan.parameters(), other.fdgan.parameters(), strict=True))
    for batch, pairs, _ in zip(phase.batches(5), other.batches(5), range(3), strict=False):
        assert all(torch.equal(value, vars(pairs)[name]) for name, value in vars(batch).items())
    assert task.exported() is phase.average


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

    def stop(name, make, iteration):
        raise Stopped

    watcher = NullWatcher()
    watcher.samples = stop
    for changed, made_from in (
        (params, {"shards": "abc"}),
        (params.model_copy(update={"training_seed": 6}), {"shards": "abc"}),
        (params, {"shards": "def"}),
        (with_fdgan(params, weight_classifier=3.0), {"shards": "abc"}),
    ):
        with pytest.raises(Stopped):
            train(changed, stream, tmp_path, watcher, **made_from)
    assert [path.name for path in (tmp_path / "state").glob("*/fdgan/iteration-*.pt")] == [
        "iteration-000000003.pt"
    ] * 4  # none went on from another's


def test_without_averaging_the_last_weights_are_exported(params, stream):
    phase = make_phase(with_fdgan(params, ema_decay=0.0), stream(params))
    phase.step(next(phase.batches(0)))
    assert all(torch.equal(a, b) for a, b in zip(phase.average.parameters(), phase.fdgan.parameters(), strict=True))


@pytest.mark.parametrize("name", ["float32", "bfloat16"])
def test_the_convolutions_compute_in_the_precision_that_is_named(params, stream, name):
    params = with_fdgan(params, precision=name)
    seen = set()
    watch = torch.nn.modules.module.register_module_forward_hook(
        lambda module, _, result: seen.add(result.dtype) if isinstance(module, torch.nn.Conv2d) else None
    )
    with watch:
        phase = make_phase(params, stream(params))
        phase.step(next(phase.batches(0)))
    assert seen == {precision("fdgan", params)}


def test_loss_that_is_not_finite_is_an_error(tmp_path, params, stream):
    with pytest.raises(ReenactError, match=r"FD-GAN: the loss '.*' became NaN .* lower fdgan.schedule.learning_rate"):
        train(with_schedule(params, learning_rate=1e30), stream, tmp_path)
    assert not (tmp_path / "out").exists()


def test_each_objective_moves_its_own_network_only(params, stream):
    """D's and C's updates do not depend on the weights of T's loss, and T gets gradient through both without moving them."""
    plain = make_phase(params, stream(params))
    batch = next(plain.batches(0))
    plain.step(batch)
    deaf = make_phase(with_fdgan(params, weight_discriminator=0.0, weight_classifier=0.0), stream(params))
    deaf.step(batch)
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
        "ema_decay": 0.8,
        "weight_discriminator": 0.1,
        "weight_classifier": 0.1,
    }
    phase = make_phase(with_fdgan(params, schedule=schedule, **quick), SimpleNamespace(subjects=["ann", "bob"]))
    for _ in range(schedule.iterations):
        phase.step(batch)
    with torch.no_grad():
        target, drawn, wanted, truth = phase.images(batch)
        generated = phase.average(target, drawn, wanted)
        swapped = phase.average(target.flip(0), drawn, wanted)
    error = (generated - truth).square().mean()
    assert error < (target - truth).square().mean() / 3
    assert (swapped - truth.flip(0)).square().mean() < (swapped - truth).square().mean() / 3
