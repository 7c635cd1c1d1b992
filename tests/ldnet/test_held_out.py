"""Who is held out of a corpus with landmark-only people beside it."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice, product

import numpy as np
import pytest
import torch

from reenact.faces.normalise import normalise
from reenact.ldnet.held_out import held_out_people
from reenact.ldnet.phase2 import VALIDATION_DRAWS
from reenact.ldnet.task import LDNetTask
from reenact.shards.reader import LandmarkTable

CPU = torch.device("cpu")


@pytest.fixture
def beside(tables):
    """A table of so many people of the corpus, and so many landmark-only ones in casts of eight."""

    def make(corpus: int, landmark_only: int, frames: int = 4) -> LandmarkTable:
        performance = np.r_[np.full(corpus, -1), np.arange(landmark_only) // 8].astype(np.int32)
        return replace(tables(subjects=corpus + landmark_only, frames=frames), performance=performance)

    return make


@pytest.mark.parametrize(
    ("corpus", "landmark_only", "count", "found"),
    [
        (100, 400, 20, (10, 1)),
        (60, 400, 20, (6, 1)),  # one in ten of the corpus
        (100, 400, 40, (10, 3)),
        (9, 400, 20, (0, 2)),
        (100, 400, 4, (2, 1)),  # a whole cast, though it is more than were wanted
        (100, 79, 20, (10, 0)),  # one cast would be over a tenth
        (200, 0, 20, (20, 0)),
        (19, 0, 2, (0, 0)),  # nobody alone
        (0, 400, 20, (0, 2)),
        (100, 400, 0, (0, 0)),
    ],
)
def test_half_are_of_the_corpus_and_the_rest_whole_casts(beside, corpus, landmark_only, count, found):
    table = beside(corpus, landmark_only, frames=2)
    left_out = held_out_people(table, count, 1)
    casts, sizes = np.unique(table.performance[left_out & (table.performance >= 0)], return_counts=True)
    assert (left_out[:corpus].sum(), len(casts)) == found
    assert all(sizes == 8)


def test_the_seed_decides_who(beside):
    table = beside(100, 400, frames=2)
    one, again, other = (held_out_people(table, 20, seed) for seed in (1, 1, 2))
    assert np.array_equal(one, again)
    assert not np.array_equal(one[:100], other[:100]) and not np.array_equal(one[100:], other[100:])


def test_landmark_only_people_who_give_their_performance_alone_are_not_held_out(beside):
    table = beside(0, 161, frames=2)
    for seed in range(40):
        assert not held_out_people(table, 16, seed)[160]


def test_nobody_of_them_is_trained_on_and_the_truth_of_their_swaps_is_known(beside, small):
    table = beside(30, 80)
    task = LDNetTask(small.model_copy(update={"held_out_subjects": 20}), table, 1, CPU)
    left_out = np.flatnonzero(held_out_people(table, 20, 1))
    assert len(left_out) == 3 + 8
    first, second = task.phases()
    for phase in (first, second):
        drawn = {label for draw in islice(phase.batches(0), 300) for label in (*draw.subject.tolist(), *draw.target_subject.tolist())}
        assert drawn == set(range(110)) - set(left_out)
    shown = second.samples()
    assert not shown["truth"].isnan().any()
    assert {tuple(face.tolist()) for face in shown["identity"]} <= {tuple(face.tolist()) for face in second.held_out.landmarks}


def test_the_swap_is_validated_among_the_held_out_cast(beside, small):
    """By hand: everybody with the pose of everybody else in each frame, against the same frame of their own."""
    table = beside(30, 80)
    *_, phase = LDNetTask(small.model_copy(update={"held_out_subjects": 20}), table, 1, CPU).phases()
    cast = held_out_people(table, 20, 1) & (table.performance >= 0)
    points = torch.from_numpy(normalise(table.landmarks[cast[table.subject]])[0]).view(8, 4, 136)
    errors = []
    with torch.no_grad():
        encoders = (phase.average.encode_pose, phase.average.encode_identity)
        pose, identity = (encode(points.flatten(0, 1)).view(8, 4, -1) for encode in encoders)
        for driver, person, frame in product(range(8), range(8), range(4)):
            if driver != person:
                swapped = phase.average.generate(pose[driver, [frame] * 4], identity[person])
                errors.append((swapped - points[person, frame]).view(4, 68, 2).square().sum(-1).mean())
    assert phase.validate()["validation/swap"].item() == pytest.approx(torch.stack(errors).mean().item(), rel=0.1)


def test_the_average_is_validated_with_the_identity_of_another_frame(beside, small):
    """Eq. (6) of the very draw. Weights are large and of the average alone, so that every other reading gives other errors."""
    *_, phase = LDNetTask(small.model_copy(update={"held_out_subjects": 20}), beside(30, 80), 1, CPU).phases()
    torch.manual_seed(0)
    with torch.no_grad():
        for parameter in phase.average.parameters():
            parameter.normal_(0, 0.3)
        draw = phase.held_out.draw("validation", 0, VALIDATION_DRAWS)
        pose = phase.average.encode_pose(draw.second)
        first, second, target = (phase.average.encode_identity(points) for points in (draw.first, draw.second, draw.target))

        def error(identity, truth, chosen):
            generated = phase.average.generate(pose[chosen], identity[chosen])
            return (generated - truth[chosen]).view(-1, 68, 2).square().sum(-1).mean().item()

        everything = torch.ones_like(draw.known)
        wanted = {
            "validation/reconstruction": error(first, draw.second, everything),
            "validation/swap": error(target, draw.truth, draw.known),
        }
        assert error(second, draw.second, everything) != pytest.approx(wanted["validation/reconstruction"], rel=1e-3)
        assert error(first, draw.truth, draw.known) != pytest.approx(wanted["validation/swap"], rel=1e-3)
    assert {name: loss.item() for name, loss in phase.validate().items()} == pytest.approx(wanted, rel=1e-5)


def test_draws_and_export_are_as_the_parameters_say(beside, small):
    """Only people of the corpus as subjects, two frames of whichever clip, phase 2 from phase 1's average, and the average exported."""
    changes = {"held_out_subjects": 20, "corpus_share": 1.0, "other_clip": False, "ema_decay": 0.9}
    table = beside(30, 80)
    task = LDNetTask(small.model_copy(update=changes), table, 1, CPU)
    clip_of = {
        tuple(points): clip for points, clip in zip(normalise(table.landmarks)[0].reshape(-1, 136).tolist(), table.clip, strict=True)
    }
    phases = task.phases()
    first = next(phases)
    drawn = list(islice(first.batches(0), 100))
    assert {label < 30 for draw in drawn for label in draw.subject.tolist()} == {True}
    with torch.no_grad():
        for parameter in first.average.parameters():
            parameter.add_(1.0)
    wanted = {name: tensor.clone() for name, tensor in first.average.state_dict().items()}
    second = next(phases)
    for draws in (drawn, [second.held_out.draw("validation", 0, 64)]):
        pairs = ((tuple(one), tuple(other)) for draw in draws for one, other in zip(draw.first.tolist(), draw.second.tolist(), strict=True))
        assert any(clip_of[one] == clip_of[other] for one, other in pairs)
    for network in (task.ldnet, second.average):
        assert all(torch.equal(tensor, wanted[name]) for name, tensor in network.state_dict().items())
    assert task.exported() is second.average is not task.ldnet
