from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from reenact.errors import ReenactError
from reenact.faces.normalise import normalise
from reenact.ldnet.sampler import Sampler
from tests.support.table_rows import rows

CPU = torch.device("cpu")


def part(table, keep: np.ndarray):
    """The kept rows of a table, in their new order."""
    return replace(table, **{name: getattr(table, name)[keep] for name in ("landmarks", "subject", "clip", "frame")})


def test_a_draw_is_two_clips_of_one_subject_and_a_frame_of_another(tables):
    table = tables(subjects=5, frames=9, clips=3)
    table = part(table, np.random.default_rng(0).permutation(len(table.subject)))  # the order of rows must not matter
    draw = Sampler(table, 1, CPU).draw("phase1", 0, 4000)
    first, second, target = (rows(table, landmarks) for landmarks in (draw.first, draw.second, draw.target))
    assert np.array_equal(table.subject[first], draw.subject) and np.array_equal(table.subject[second], draw.subject)
    assert np.array_equal(table.subject[target], draw.target_subject)
    assert (table.subject[target] != draw.subject.numpy()).all()
    assert (table.clip[first] != table.clip[second]).all()
    pairs = len(set(zip(first.tolist(), second.tolist(), strict=True)))
    assert pairs == 5 * 9 * 6  # every ordered pair of frames of different clips turns up
    assert set(zip(draw.subject.tolist(), draw.target_subject.tolist(), strict=True)) == {
        (k, t) for k in range(5) for t in range(5) if k != t
    }


def test_one_clip_gives_two_different_frames(tables):
    table = tables(subjects=3, frames=4, clips=1)
    draw = Sampler(table, 1, CPU).draw("phase1", 0, 1000)
    first, second = rows(table, draw.first), rows(table, draw.second)
    assert (first != second).all()
    assert len(set(zip(first.tolist(), second.tolist(), strict=True))) == 3 * 4 * 3


def test_two_clips_make_no_difference_where_the_parameter_says_so(tables):
    table = tables(subjects=3, frames=6, clips=2)
    draw = Sampler(table, 1, CPU, other_clip=False).draw("phase1", 0, 2000)
    first, second = rows(table, draw.first), rows(table, draw.second)
    assert len(set(zip(first.tolist(), second.tolist(), strict=True))) == 3 * 6 * 5  # all of two frames


def test_subject_with_one_frame_is_a_target_only(tables):
    table = part(tables(subjects=3, frames=4), np.r_[0:8, 8:9])
    draw = Sampler(table, 1, CPU).draw("phase1", 0, 500)
    assert set(draw.subject.tolist()) == {0, 1}
    assert set(draw.target_subject.tolist()) == {0, 1, 2}


def test_subjects_are_drawn_evenly_whatever_they_have(tables):
    table = part(tables(subjects=2, frames=100), np.r_[0:100, 100:104])
    draw = Sampler(table, 1, CPU).draw("phase1", 0, 4000)
    assert abs(draw.subject.double().mean().item() - 0.5) < 0.04


@pytest.mark.parametrize(("share", "found"), [(None, 3 / 40), (0.3, 0.3), (0.0, 0.0), (1.0, 1.0)])
def test_so_many_draws_are_of_the_corpus_and_of_a_kind_all_are_drawn_evenly(tables, share, found):
    table = cast(tables(subjects=40, frames=4), [-1] * 3 + [0] * 37)
    subject = Sampler(table, 1, CPU, corpus_share=share).draw("phase1", 0, 20_000).subject
    of_corpus = subject < 3
    assert of_corpus.double().mean().item() == pytest.approx(found, abs=0.015)
    for first, drawn in ((0, subject[of_corpus]), (3, subject[~of_corpus])):
        if found not in (0, 1):
            counts = torch.bincount(drawn)[first:].double()
            assert (counts / counts.mean() - 1).abs().max() < 0.25


def test_without_landmark_only_people_the_corpus_share_changes_nothing(table):
    one, other = (Sampler(table, 1, CPU, corpus_share=share).draw("phase1", 0, 64) for share in (None, 0.3))
    assert all(torch.equal(*each) for each in zip(one, other, strict=True))


def test_a_draw_depends_on_seed_name_and_iteration_only(table):
    sampler = Sampler(table, 1, CPU)
    reference = sampler.draw("phase1", 5, 16)
    sampler.draw("phase1", 4, 16)
    assert all(torch.equal(a, b) for a, b in zip(reference, sampler.draw("phase1", 5, 16), strict=True))
    for seed, *other in ((2, "phase1", 5), (1, "phase2", 5), (1, "phase1", 6)):
        assert not torch.equal(reference.first, Sampler(table, seed, CPU).draw(*other, 16).first)
    draws = sampler.draws("phase1", 4, batch_size=16)
    next(draws)
    assert torch.equal(next(draws).first, reference.first)


def test_too_few_subjects_or_frames_are_errors(tables):
    with pytest.raises(ReenactError, match="are of 1 subjects; LD-Net needs two or more"):
        Sampler(tables(subjects=1), 1, CPU)
    with pytest.raises(ReenactError, match="are of 0 subjects"):
        Sampler(part(tables(subjects=1), np.array([], int)), 1, CPU)
    with pytest.raises(ReenactError, match="no subject of the training landmarks has two frames"):
        Sampler(tables(subjects=3, frames=1, clips=1), 1, CPU)


def test_two_frames_of_each_are_enough(tables):
    table = tables(subjects=2, frames=2, clips=1)
    draw = Sampler(table, 1, CPU).draw("phase1", 0, 64)
    first, second, target = (rows(table, landmarks) for landmarks in (draw.first, draw.second, draw.target))
    assert (first != second).all() and (table.subject[first] == table.subject[second]).all()
    assert (table.subject[first] != table.subject[target]).all()


def test_a_draw_does_not_depend_on_the_order_of_the_rows(table):
    shuffled = part(table, np.random.default_rng(0).permutation(len(table.subject)))
    draws = (Sampler(rows, 1, CPU).draw("phase1", 0, 64) for rows in (table, shuffled))
    assert all(torch.equal(a, b) for a, b in zip(*draws, strict=True))


def test_a_subject_without_frames_keeps_its_label(tables):
    """A label is an index into the list of subjects; classifiers have one output for each."""
    table = tables(subjects=4, frames=4)
    table = part(table, np.flatnonzero(table.subject != 1))
    sampler = Sampler(table, 1, CPU)
    draw = sampler.draw("phase1", 0, 200)
    assert sampler.subjects == 4
    assert set(draw.subject.tolist()) == set(draw.target_subject.tolist()) == {0, 2, 3}
    for landmarks, label in ((draw.first, draw.subject), (draw.second, draw.subject), (draw.target, draw.target_subject)):
        assert np.array_equal(table.subject[rows(table, landmarks)], label)


def cast(table, performance: list[int]):
    """The table with the performance of each subject."""
    return replace(table, performance=np.array(performance, np.int32))


def test_those_who_give_one_performance_are_drawn_together_and_show_what_the_swap_should_be(tables):
    table = cast(tables(subjects=6, frames=8), [7, -1, 7, 3, 7, 3])
    draw = Sampler(table, 1, CPU).draw("phase1", 0, 3000)
    second, truth = rows(table, draw.second), rows(table, draw.truth)
    casts = {0: {2, 4}, 2: {0, 4}, 4: {0, 2}, 3: {5}, 5: {3}, 1: {0, 2, 3, 4, 5}}
    drawn = {k: set(draw.target_subject[draw.subject == k].tolist()) for k in range(6)}
    assert drawn == casts
    assert draw.known.tolist() == [k != 1 for k in draw.subject.tolist()]
    known = draw.known.numpy()
    assert np.array_equal(table.subject[truth[known]], draw.target_subject[known])
    assert np.array_equal(table.frame[truth[known]], table.frame[second[known]])


def test_a_cast_whose_members_have_other_frames_is_an_error(tables):
    table = cast(part(tables(subjects=3, frames=4), np.r_[0:12]), [1, 1, -1])
    with pytest.raises(ReenactError, match="1 subjects have other frames than those who give the same performance"):
        Sampler(part(table, np.r_[0:7, 8:12]), 1, CPU)


def test_people_of_the_largest_cast_come_first_and_then_all_others(tables):
    table = replace(tables(subjects=6, frames=4, clips=1), performance=np.array([-1, 7, 3, 7, 3, 7], np.int32))
    sampler = Sampler(table, 1, CPU)
    frames, labels, known = sampler.people(5)
    assert labels[:3] == [1, 3, 5] and set(labels[3:]) < {0, 2, 4} and known == [True, True, True, False, False]
    for label, each in zip(labels, frames, strict=True):
        np.testing.assert_array_equal(each.numpy(), normalise(table.landmarks[table.subject == label])[0])
    assert len(sampler.people(9)[1]) == 6


def test_of_people_who_are_alone_the_one_with_the_most_frames_comes_first(tables):
    table = tables(subjects=4, frames=6, clips=1)
    sampler = Sampler(part(table, ~((table.subject != 2) & (table.frame > 3))), 1, CPU)
    frames, labels, known = sampler.people(4)
    assert labels[0] == 2 and sorted(labels) == [0, 1, 2, 3] and known == [True, False, False, False]
    assert [len(each) for each in frames] == [6, 4, 4, 4]
