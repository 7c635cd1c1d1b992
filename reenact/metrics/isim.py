"""Identity similarity (ISIM): do two face images show the same person?

    ISIM(a, b) = e(a)·e(b) / (|e(a)| |e(b)|)

with e the embedding of a face-recognition network. The paper's network is VGGFace2's. Here it is dlib's face descriptor, and beside it any
network that is given as a file. Values are comparable only with values of the same network.

Embeddings of different people may be far from orthogonal: those of dlib's have a large part in common. Centred ISIM takes the mean
embedding of all n subjects' target images from both first. The cosines of people who are unlike then have a mean of -1 / (n - 1): about 0
where there are many.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from reenact.metrics.base import Comparison, Metric, Reference
from reenact.metrics.intervals import Value, mean

# With fewer, the mean embedding is not people's in general.
ENOUGH_SUBJECTS = 10

# The readers of identities, with the ending of a metric's name and of its title, and what the notes say.
IDENTITIES = {
    "dlib": ("", "", "dlib-resnet-v1", "The paper's backend is a VGGFace2 network: its figures share no scale with these."),
    "onnx": ("_onnx", " (ONNX)", "onnx-{onnx}", "The network is the file that evaluate.onnx names."),
}


def isim(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Cosine similarity of embeddings, row by row.

    a: (N, D) float; b: (N, D) float, or (D,) or (1, D) for one reference. Returns (N,) float64 in [-1, 1].
    """
    a, b = np.asarray(a, np.float64), np.asarray(b, np.float64)
    product = np.sum(a * b, axis=-1)
    return np.clip(product / (np.linalg.norm(a, axis=-1) * np.linalg.norm(b, axis=-1)), -1.0, 1.0)


def _plain(reader: str) -> Callable[[Comparison], np.ndarray]:
    return lambda faces: isim(faces.result.readings[reader], faces.person.readings[reader])


def _centred(reader: str) -> Callable[[Comparison], np.ndarray | None]:
    def measure(faces: Comparison) -> np.ndarray | None:
        # Of two subjects, each is the other's opposite.
        if len(faces.gallery.subjects) < 3:
            return None
        mean = faces.gallery.targets[reader].mean(axis=0, dtype=np.float64)
        return isim(faces.result.readings[reader] - mean, faces.person.readings[reader] - mean)

    return measure


def _reduce_centred(values: Sequence[np.ndarray], subjects: Sequence[str], rng: np.random.Generator) -> Value:
    value, people = mean(values, subjects, rng), len(set(subjects))
    few = f"the mean embedding of {people} people alone, under {ENOUGH_SUBJECTS}"
    return replace(value, note=few) if people < ENOUGH_SUBJECTS else value


METRICS = tuple(
    metric
    for place, (reader, (ending, title, backend, note)) in enumerate(IDENTITIES.items())
    for metric in (
        Metric(
            name=f"isim{ending}",
            title=f"ISIM{title}",
            better="higher",
            range=(-1.0, 1.0),
            reference=Reference.PERSON,
            backend=backend,
            tables=(2, 3, 4),
            place=10 + 5 * place,
            about="Identity: the cosine of two face embeddings.",
            measure=_plain(reader),
            reader=reader,
            needs_face=True,
            note=note,
        ),
        Metric(
            name=f"isim_centred{ending}",
            title=f"ISIM, centred{title}",
            better="higher",
            range=(-1.0, 1.0),
            reference=Reference.PERSON,
            backend=backend,
            tables=(2, 3, 4),
            place=11 + 5 * place,
            about="Identity: the cosine of two face embeddings, each without the mean embedding of all subjects' target images.",
            measure=_centred(reader),
            reader=reader,
            reduce=_reduce_centred,
            needs_face=True,
            note="Another person has about 0 where there are many subjects, and -1 / (n - 1) on average where there are n.",
        ),
    )
)
