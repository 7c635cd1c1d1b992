from __future__ import annotations

import csv
from itertools import islice

import numpy as np
import pytest
import torch

from reenact.config.networks import Schedule
from reenact.errors import ReenactError
from reenact.faces.crop_settings import CropSettings
from reenact.generators.fdgan.model import FDGAN
from reenact.generators.fdgan.task import make_task
from reenact.generators.registry import GENERATORS
from reenact.generators.trained import load_trained
from reenact.previews import preview
from reenact.shards.pairs import PairStream
from reenact.stages.networks import precision
from reenact.training.curves import Curves
from reenact.training.export import export, read_description
from reenact.training.torch_seed import torch_seed
from reenact.training.turns import run_iteration
from reenact.training.watcher import NullWatcher

CPU = torch.device("cpu")
ENTRY = GENERATORS["fdgan"]
FILES = ("curves.csv", "model.json", "model.safetensors")


def test_curves_and_pictures(tmp_path, params, train, phase_of):
    seen, pictures = [], []

    def look(name, make, iteration):
        pictures.append(preview(make()))
        seen.append((name, pictures[-1].shape, pictures[-1].dtype, iteration))

    watcher = NullWatcher()
    watcher.samples = look
    out = train("fdgan", params, tmp_path, watcher)
    assert seen == [("fdgan", (2 * 64, 4 * 64, 3), np.uint8, step) for step in (3, 6, 8)]
    first = next(phase_of("fdgan", params).batches(0))
    for picture in pictures:
        for column, images in ((0, first.target), (3, first.driver)):  # of the stream's first pairs
            expected = (images.permute(0, 2, 3, 1).reshape(2 * 64, 64, 3) + 1) * 127.5
            assert np.abs(picture[:, 64 * column : 64 * (column + 1)] - expected.numpy()).max() <= 0.51
    with (out / "curves.csv").open() as file:
        lines = list(csv.DictReader(file))
    losses = ("discriminator", "classifier", "translator", "reconstruction")
    assert [line["iteration"] for line in lines] == [str(step) for step in range(1, 9)]
    assert all(np.isfinite(float(line[name])) for line in lines for name in losses)


def test_export_and_load_give_the_same_pictures(tmp_path, params, train, phase_of):
    """What is exported is the EMA of the weights, and loading it changes no bit."""
    out = train("fdgan", params, tmp_path, shards="abc")
    loaded = load_trained(ENTRY, out, CPU).network
    phase = phase_of("fdgan", params)
    for batch in islice(phase.batches(0), 8):
        run_iteration(phase, batch)
    target, wanted, _, _ = phase.pairs(next(phase.batches(0)))
    with torch.no_grad():
        assert torch.equal(loaded(target, wanted), phase.average(target, wanted))
        assert not torch.equal(loaded(target, wanted), phase.network(target, wanted))
    assert '"shards": "abc"' in (out / "model.json").read_text()
    assert CropSettings.of_network(read_description(out, "FDGAN")) == CropSettings.of(params.shards)
    description = read_description(out, "FDGAN")
    assert (description["iterations"], description["seed"]) == ({"fdgan": 8}, params.training_seed)
    assert description["params"] == params.fdgan.model_dump(mode="json")
    assert not loaded.training


def test_being_watched_changes_no_byte(tmp_path, params, train):
    watcher = NullWatcher()
    watcher.samples = lambda name, make, iteration: make()
    watched, alone = train("fdgan", params, tmp_path / "watched", watcher), train("fdgan", params, tmp_path / "alone")
    for name in FILES:
        assert (watched / name).read_bytes() == (alone / name).read_bytes()


def test_the_task_of_a_project_takes_its_pairs_and_its_crop_from_the_parameters(params, shard, changed):
    params = changed(params, "fdgan", shuffle_groups=3, pairs_per_group=5)
    params = params.model_copy(update={"shards": params.shards.model_copy(update={"crop_scale": 2.5})})
    task, stream = make_task(params, [shard], CPU), PairStream([shard], 5, 64, batch_size=2, shuffle_groups=3, pairs_per_group=5)
    assert (task.name, task.network, task.params) == ("fdgan", "FDGAN", params.fdgan)
    assert CropSettings.of_network(task.about) == CropSettings.of(params.shards) and task.about["crop"]["scale"] == 2.5
    (phase,) = task.phases()
    assert (phase.name, phase.title) == ("fdgan", ENTRY.title)
    with torch_seed(params.training_seed, "fdgan"):
        first = FDGAN(params.fdgan)
    assert all(torch.equal(a, b) for a, b in zip(phase.network.parameters(), first.parameters(), strict=True))
    for batch, (_, pairs), _ in zip(phase.batches(5), stream.batches(5), range(3), strict=False):
        assert all(torch.equal(value, vars(pairs)[name]) for name, value in vars(batch).items())
    assert task.exported() is phase.average


def test_a_network_goes_to_the_device_that_is_named(tmp_path, params):
    """Any but the processor's memory, where weights are read into: here the one that every machine has."""
    export(
        tmp_path, FDGAN(params.fdgan), network="FDGAN", section=params.fdgan.model_dump(mode="json"), seed=1, made_from={}, iterations={},
        curves=Curves(),
    )  # fmt: skip
    assert {weight.device.type for weight in load_trained(ENTRY, tmp_path, torch.device("meta")).network.parameters()} == {"meta"}


def test_trainings_of_another_seed_input_or_parameter_keep_their_own_state(tmp_path, params, train, changed):
    class Stopped(Exception):
        """The process ends here."""

    def stop(name, make, iteration):
        raise Stopped

    watcher = NullWatcher()
    watcher.samples = stop
    for other, made_from in (
        (params, {"shards": "abc"}),
        (params.model_copy(update={"training_seed": 6}), {"shards": "abc"}),
        (params, {"shards": "def"}),
        (changed(params, "fdgan", weight_classifier=3.0), {"shards": "abc"}),
    ):
        with pytest.raises(Stopped):
            train("fdgan", other, tmp_path, watcher, **made_from)
    assert [path.name for path in (tmp_path / "state").glob("*/fdgan/iteration-*.pt")] == [
        "iteration-000000003.pt"
    ] * 4  # none went on from another's


def test_without_averaging_the_last_weights_are_exported(params, phase_of, changed):
    phase = phase_of("fdgan", changed(params, "fdgan", ema_decay=0.0))
    run_iteration(phase, next(phase.batches(0)))
    assert all(torch.equal(a, b) for a, b in zip(phase.average.parameters(), phase.network.parameters(), strict=True))


@pytest.mark.parametrize("name", ["float32", "bfloat16"])
def test_the_convolutions_compute_in_the_precision_that_is_named(params, phase_of, changed, name):
    params = changed(params, "fdgan", precision=name)
    seen = set()
    watch = torch.nn.modules.module.register_module_forward_hook(
        lambda module, _, result: seen.add(result.dtype) if isinstance(module, torch.nn.Conv2d) else None
    )
    with watch:
        phase = phase_of("fdgan", params)
        run_iteration(phase, next(phase.batches(0)))
    assert seen == {precision("fdgan", params)}


def test_loss_that_is_not_finite_is_an_error(tmp_path, params, train, changed):
    params = changed(params, "fdgan", schedule=Schedule(learning_rate=1e30, batch_size=2, iterations=8))
    with pytest.raises(ReenactError, match=r"FD-GAN: the loss '.*' became NaN .* lower fdgan.schedule.learning_rate"):
        train("fdgan", params, tmp_path)
    assert not (tmp_path / "out").exists()


def test_each_objective_moves_its_own_network_only(params, phase_of, changed):
    """D's and C's updates do not depend on the weights of T's loss, and T gets gradient through both without moving them."""
    plain = phase_of("fdgan", params)
    batch = next(plain.batches(0))
    run_iteration(plain, batch)
    deaf = phase_of("fdgan", changed(params, "fdgan", weight_discriminator=0.0, weight_classifier=0.0))
    run_iteration(deaf, batch)
    assert all(torch.equal(a, b) for a, b in zip(plain.adversaries.parameters(), deaf.adversaries.parameters(), strict=True))
    assert any(not torch.equal(a, b) for a, b in zip(plain.network.parameters(), deaf.network.parameters(), strict=True))


def test_learns_two_faces_better_than_copying_and_keeps_whose_face_it_is(params, phase_of, changed, two_faces):
    """Two subjects, each seen in two poses: the right face in the wanted pose, and another target gives another result."""
    schedule = Schedule(learning_rate=1e-3, batch_size=2, iterations=70)
    quick = {"widths": (12, 12, 16, 16), "rows": (32, 16, 8, 6), "ema_decay": 0.8}
    phase = phase_of("fdgan", changed(params, "fdgan", schedule=schedule, **quick))
    for _ in range(schedule.iterations):
        run_iteration(phase, two_faces)
    target, wanted, truth, _ = phase.pairs(two_faces)
    with torch.no_grad():
        generated = phase.average(target, wanted)
        swapped = phase.average(target._replace(image=target.image.flip(0)), wanted)
    error = (generated - truth).square().mean()
    assert error < (target.image - truth).square().mean() / 3
    assert (swapped - truth.flip(0)).square().mean() < (swapped - truth).square().mean() / 3
