"""Whom a tracker follows, and how a face is recognised again."""

from __future__ import annotations

import numpy as np
import pytest

from reenact.faces import cuts
from reenact.faces.cuts import SAME_FACE_DISTANCE, SAME_PERSON_DISTANCE, Likeness, Sighting, _embedding
from reenact.faces.detector import detect
from reenact.faces.landmarks import predict
from reenact.faces.track import FaceTracker
from reenact.video.picture import RgbPicture

WIDTH, HEIGHT = 640, 360


def middle_of_the_followed(image: np.ndarray) -> np.ndarray:
    (seen,) = FaceTracker(10).follow([(0, RgbPicture(image))])
    return seen.landmarks.mean(axis=0)


# Both faces' scales and the place of the second one; the first is in the middle. A face in a corner counts half.
@pytest.mark.parametrize(
    ("central", "other", "left", "top", "first_wins"),
    [
        (0.7, 0.7, 20, 10, True),
        (0.7, 0.7, 440, 170, True),
        (0.7, 0.85, 430, 150, True),
        (0.6, 1.2, 380, 60, False),
        (0.6, 1.2, -40, 60, False),
    ],
)
def test_the_largest_face_is_followed_and_among_equals_the_most_central(portraits, picture, central, other, left, top, first_wins):
    at = ((WIDTH - 256 * central) / 2, (HEIGHT - 256 * central) / 2)
    image = picture(WIDTH, HEIGHT, (portraits[0], *at, central), (portraits[1], left, top, other))
    assert len(detect(image)) == 2
    distance = np.hypot(*(middle_of_the_followed(image) - (WIDTH / 2, HEIGHT / 2)))
    assert (distance < 40) == first_wins


def sighting(image: np.ndarray, score: float) -> Sighting:
    return Sighting(RgbPicture(image), predict(image, detect(image)[0].box), score)


def test_a_face_is_known_again_by_its_surest_sighting(portraits, picture):
    """Of a face that changes, here into another: neither its first sighting nor its latest is near enough, its surest is."""
    stranger, other, one = (picture(256, 256, (portrait, 0, 0, 1)).astype(float) for portrait in portraits)

    def changed(share: float, score: float) -> Sighting:
        return sighting(((1 - share) * one + share * other).astype(np.uint8), score)

    def from_the_first(share: float) -> float:
        return float(np.linalg.norm(_embedding(changed(share, 0)) - _embedding(changed(0, 0))))

    low, high = 0.0, 1.0
    while not SAME_FACE_DISTANCE + 0.004 < (distance := from_the_first((low + high) / 2)) < SAME_PERSON_DISTANCE - 0.004:
        low, high = ((low + high) / 2, high) if distance < SAME_FACE_DISTANCE + 0.02 else (low, (low + high) / 2)
        assert high - low > 1e-3
    share = (low + high) / 2
    for scores, fits in (((1.0, 2.0, 0.5), True), ((1.0, 0.7, 0.5), False), ((1.0, 1.0, 0.5), False), ((1.0, 0.5, 2.0), False)):
        known = Likeness()
        for each in (changed(0, scores[0]), changed(share, scores[1]), sighting(stranger.astype(np.uint8), scores[2])):
            known.remember(each, each.picture.luma())
        assert known.fits(changed(share, 0.1)) == fits
    # What was known before is forgotten where a surer sighting takes its place.
    known.remember(changed(share, 3.0), changed(share, 3.0).picture.luma())
    assert known.fits(changed(share, 0.1))


def test_a_followed_face_is_embedded_only_where_it_looks_different(portraits, monkeypatch):
    """In another light, which is then known; another person at the same place is not taken for it."""
    asked = []
    monkeypatch.setattr(cuts, "_embedding", lambda each: asked.append(each) or _embedding(each))

    def still_fits(known: Likeness, image: np.ndarray) -> tuple[bool, bool]:
        asked.clear()
        each = sighting(image.astype(np.uint8), 1.0)
        fits = known.still_fits(each, each.picture.luma())
        return fits, bool(asked)

    known = Likeness()
    first = sighting(portraits[0], 1.0)
    known.remember(first, first.picture.luma())
    from_below = (portraits[0] * np.linspace(0.1, 1.8, 256)[:, None, None]).clip(0, 255)
    assert still_fits(known, portraits[0] * 0.8) == (True, False)
    assert still_fits(known, from_below) == (True, True)
    assert still_fits(known, from_below) == (True, False)
    assert still_fits(known, portraits[1]) == (False, True)
    assert still_fits(known, portraits[1]) == (False, True)
