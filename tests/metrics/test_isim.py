from __future__ import annotations

import math

import numpy as np
import pytest

from reenact.metrics.base import Gallery
from reenact.metrics.isim import isim
from reenact.metrics.registry import METRICS
from tests.support.comparisons import compared, faces

PEOPLE = 30


@pytest.fixture
def gallery() -> Gallery:
    """Target images of 30 people, for both networks, whose embeddings have a large part in common."""
    rng = np.random.default_rng(1)
    targets = {reader: (20 * rng.normal(size=64) + rng.normal(0, 3, (PEOPLE, 64))).astype(np.float32) for reader in ("dlib", "onnx")}
    return Gallery(tuple(f"{number:02}" for number in range(PEOPLE)), targets, {})


def test_angles_give_their_cosines():
    angles = np.array([0.0, 30.0, 90.0, 150.0, 180.0])
    a = np.stack([[3 * math.cos(math.radians(x)), 3 * math.sin(math.radians(x))] for x in angles])
    expected = [1.0, math.sqrt(3) / 2, 0.0, -math.sqrt(3) / 2, -1.0]
    np.testing.assert_allclose(isim(a, np.array([0.5, 0.0])), expected, atol=1e-12)


def test_rows_are_compared_with_their_own_row_and_lengths_do_not_matter():
    a = np.array([[1.0, 2.0, 2.0], [0.0, 3.0, 4.0]], np.float32)
    b = np.array([[2.0, 4.0, 4.0], [5.0, 0.0, 0.0]], np.float32)
    np.testing.assert_allclose(isim(a, b), [1.0, 0.0], atol=1e-12)
    assert isim(a, b).dtype == np.float64


def test_rounding_takes_no_cosine_beyond_one():
    """As it would for a tenth of these."""
    a = np.random.default_rng(0).normal(size=(1000, 128))
    assert isim(a, a).max() == 1 and isim(a, -3 * a).min() == -1
    np.testing.assert_allclose(isim(a, a[:1]), isim(a, a[0]))


@pytest.mark.parametrize(("ending", "reader"), [("", "dlib"), ("_onnx", "onnx")])
def test_a_result_is_compared_with_its_person_by_each_network(ending, reader):
    """And not with the driver."""
    both = {"dlib": [[1.0, 0.0], [1.0, 1.0]], "onnx": [[0.0, 1.0], [0.0, 2.0]]}
    person, driving = faces({"dlib": [[1.0, 0.0]], "onnx": [[0.0, -1.0]]}), faces({"dlib": [[0.0, 7.0]], "onnx": [[3.0, 0.0]]})
    expected = {"dlib": [1, math.sqrt(0.5)], "onnx": [-1, -1]}[reader]
    np.testing.assert_allclose(METRICS[f"isim{ending}"].values(compared(faces(both), driving, person)), expected)


@pytest.mark.parametrize("name", ["isim", "isim_centred", "isim_onnx", "isim_centred_onnx"])
def test_without_its_network_nothing_is_measured(gallery, name):
    metric = METRICS[name]
    other = {"dlib": "onnx", "onnx": "dlib"}[metric.reader]
    some = faces({other: gallery.targets[other][:4]})
    assert metric.values(compared(some, some, some, gallery=gallery)) is None


@pytest.mark.parametrize(("ending", "reader"), [("", "dlib"), ("_onnx", "onnx")])
def test_centred_embeddings_are_without_the_mean_of_all_targets(gallery, ending, reader):
    targets = gallery.targets[reader].astype(np.float64)
    result, person = faces({reader: gallery.targets[reader][3:6]}), faces({reader: gallery.targets[reader][8:9]})
    a, b = targets[3:6] - targets.sum(axis=0) / PEOPLE, targets[8] - targets.sum(axis=0) / PEOPLE
    expected = [math.fsum(x * b) / (math.hypot(*x) * math.hypot(*b)) for x in a]
    found = METRICS[f"isim_centred{ending}"].values(compared(result, person=person, gallery=gallery))
    np.testing.assert_allclose(found, expected, atol=1e-6)


def test_other_people_have_about_nothing_in_common_once_what_all_have_is_taken_away(gallery):
    """Plain ISIM is near 1 for anybody. Centred, N people have -1 / (N - 1) on average, and each is like itself."""
    found: dict[str, list[float]] = {"isim": [], "isim_centred": []}
    embeddings = gallery.targets["dlib"]
    for number in range(PEOPLE):
        comparison = compared(
            faces({"dlib": np.delete(embeddings, number, axis=0)}), person=faces({"dlib": embeddings[[number]]}), gallery=gallery
        )
        for name, values in found.items():
            values.extend(METRICS[name].values(comparison))
    assert min(found["isim"]) > 0.9
    assert np.mean(found["isim_centred"]) == pytest.approx(-1 / (PEOPLE - 1), abs=0.01)
    same = compared(faces({"dlib": embeddings}), person=faces({"dlib": embeddings}), gallery=gallery)
    np.testing.assert_allclose(METRICS["isim_centred"].values(same), 1)


@pytest.mark.parametrize(("people", "note"), [(3, "the mean embedding of 3 people alone, under 10"), (9, "9 people alone"), (10, None)])
def test_a_mean_of_few_people_is_no_mean_of_people(people, note):
    """The figure is marked, not left out."""
    values, subjects = [np.full(4, 0.5)] * 20, [str(number % people) for number in range(20)]
    value = METRICS["isim_centred"].reduce(values, subjects, np.random.default_rng(0))
    assert value.number == 0.5 and value.count == 80
    assert value.note is None if note is None else note in value.note
    assert METRICS["isim"].reduce(values, subjects, np.random.default_rng(0)).note is None


@pytest.mark.parametrize(("people", "has_meaning"), [(1, False), (2, False), (3, True)])
def test_of_two_people_each_would_be_the_others_opposite(gallery, people, has_meaning):
    few = Gallery(gallery.subjects[:people], {name: each[:people] for name, each in gallery.targets.items()}, {})
    some = faces({"dlib": few.targets["dlib"][:1]})
    assert (METRICS["isim_centred"].values(compared(some, person=some, gallery=few)) is not None) == has_meaning
    assert METRICS["isim"].values(compared(some, person=some, gallery=few)) == pytest.approx([1])
