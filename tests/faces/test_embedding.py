from __future__ import annotations

import cv2
import dlib
import numpy as np
import pytest

from reenact.faces.detector import detect
from reenact.faces.embedding import FaceEmbedder, face_chip
from reenact.faces.landmarks import predict
from reenact.faces.model_files import embedding_model_path


def landmarks_of(image: np.ndarray) -> np.ndarray:
    return predict(image, detect(image)[0].box)


def test_one_person_lies_closer_than_another_also_in_small_pictures(portraits) -> None:
    images, landmarks = [], []
    for portrait in portraits:
        points = landmarks_of(portrait)
        darker = cv2.convertScaleAbs(portrait, alpha=0.8, beta=5)
        small = cv2.resize(portrait, (64, 64), interpolation=cv2.INTER_AREA)
        images += [portrait, darker, small]
        landmarks += [points, points, (points + 0.5) / 4 - 0.5]
    embeddings = FaceEmbedder().embed(images, np.array(landmarks))
    assert embeddings.shape == (9, 128)
    assert embeddings.dtype == np.float32
    distance = np.linalg.norm(embeddings[:, None] - embeddings[None], axis=2)
    person = np.repeat(np.arange(3), 3)
    same = person[:, None] == person[None]
    assert distance[same].max() < distance[~same].min()


def test_it_is_dlibs_own_descriptor(portraits) -> None:
    large = cv2.resize(portraits[0], (640, 640), interpolation=cv2.INTER_CUBIC)  # needs no enlarging
    points = landmarks_of(large).round()
    shape = dlib.full_object_detection(dlib.rectangle(0, 0, 639, 639), [dlib.point(int(x), int(y)) for x, y in points])
    network = dlib.face_recognition_model_v1(str(embedding_model_path()))
    expected = np.array(network.compute_face_descriptor(large, shape))
    assert np.linalg.norm(FaceEmbedder().embed([large], points[None])[0] - expected) < 1e-3


def test_the_given_landmarks_place_the_chip(portraits) -> None:
    points = landmarks_of(portraits[0])
    move = np.array([11, 7])
    chip = face_chip(portraits[0], points)
    assert chip.shape == (150, 150, 3)
    shifted = face_chip(np.roll(portraits[0], (7, 11), axis=(0, 1)), points + move)
    assert np.abs(chip.astype(int) - shifted).mean() < 3
    assert np.abs(chip.astype(int) - face_chip(portraits[0], points + move)).mean() > 6


def test_a_tilted_face_gives_an_upright_chip(portraits) -> None:
    points = landmarks_of(portraits[0])
    turn = cv2.getRotationMatrix2D((127.5, 127.5), 25, 1.0)
    tilted = cv2.warpAffine(portraits[0], turn, (256, 256), flags=cv2.INTER_CUBIC)
    chip, again = face_chip(portraits[0], points), face_chip(tilted, points @ turn[:, :2].T + turn[:, 2])
    assert np.abs(chip[40:110, 40:110].astype(int) - again[40:110, 40:110]).mean() < 6


def test_no_images_and_wrong_shapes(portraits) -> None:
    assert FaceEmbedder().embed([], np.empty((0, 68, 2))).shape == (0, 128)
    with pytest.raises(ValueError, match="landmarks"):
        FaceEmbedder().embed(portraits[:2], np.zeros((1, 68, 2)))
