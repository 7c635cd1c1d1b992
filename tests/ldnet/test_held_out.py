"""Who is held out of a corpus with landmark-only people beside it."""

from __future__ import annotations

from itertools import islice

import numpy as np
import pytest
import torch

from reenact.ldnet.held_out import held_out_people
from reenact.ldnet.model import LDNet
from reenact.ldnet.phase2 import VALIDATION_DRAWS
from reenact.ldnet.task import LDNetTask
from tests.support.table_rows import rows

CPU = torch.device("cpu")


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


@pytest.mark.parametrize(("corpus", "landmark_only", "left_out"), [(30, 80, 3 + 8), (40, 0, 4)])
def test_the_validation_is_of_held_out_people_and_of_the_averaged_networks(beside, small, corpus, landmark_only, left_out):
    """By hand, of its draw: the second frame's pose with the first frame's identity, and with the target's where the truth is known."""
    table = beside(corpus, landmark_only)
    first_phase, phase = LDNetTask(small.model_copy(update={"held_out_subjects": 20}), table, 1, CPU).phases()
    assert first_phase.validate() == {}
    draw, average = phase.held_out.draw("validation", 0, VALIDATION_DRAWS), phase.average
    first, second, target, truth = (rows(table, points) for points in (draw.first, draw.second, draw.target, draw.truth))
    held_out = set(np.flatnonzero(held_out_people(table, 20, 1)))
    assert len(held_out) == left_out and set(table.subject[second]) == set(table.subject[target]) == held_out
    assert (table.subject[first] == table.subject[second]).all() and (table.clip[first] != table.clip[second]).all()
    assert (table.subject[target] != table.subject[second]).all()
    known = table.performance[table.subject[second]] >= 0
    assert (table.subject[truth[known]] == table.subject[target[known]]).all()
    assert (table.frame[truth[known]] == table.frame[second[known]]).all()
    with torch.no_grad():
        for weight in average.parameters():
            weight.mul_(1.5)  # the networks that are trained are others, and the identity counts for more
        expected = {"validation/reconstruction": error(average, draw.second, draw.first, draw.second)}
        if landmark_only:
            expected["validation/swap"] = error(average, draw.second[known], draw.target[known], draw.truth[known])
    found = {name: value.item() for name, value in phase.validate().items()}
    assert found == {name: pytest.approx(value, rel=1e-5) for name, value in expected.items()}


def error(ldnet: LDNet, pose: torch.Tensor, identity: torch.Tensor, truth: torch.Tensor) -> float:
    """Squared distance of the generated points from the true ones, mean over points and faces (B, 136)."""
    generated = ldnet.generate(ldnet.encode_pose(pose), ldnet.encode_identity(identity))
    return (generated - truth).view(-1, 68, 2).square().sum(-1).mean().item()
