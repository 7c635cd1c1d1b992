"""Training draws: whole batches of frame pairs from the landmark table, each a function of seed and iteration alone."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from reenact.errors import ReenactError
from reenact.faces.normalise import normalise
from reenact.seeding import generator
from reenact.shards.reader import LandmarkTable
from reenact.training import distributed


class Draw(NamedTuple):
    """A batch of B draws: two frames of a subject and one of another."""

    first: Tensor
    """(B, 136) float32: l_S1, a frame of the subject."""
    second: Tensor
    """(B, 136) float32: l_S2, another frame of the subject, from another clip if there is one."""
    subject: Tensor
    """(B,) int64: its label."""
    target: Tensor
    """(B, 136) float32: l_T, a frame of another subject."""
    target_subject: Tensor
    """(B,) int64: that subject's label."""
    truth: Tensor
    """(B, 136) float32: the other subject with the pose and expression of `second`, where `known`; elsewhere without meaning."""
    known: Tensor
    """(B,) bool: whether that is known: both subjects give the same performance."""

    def split(self, parts: int) -> list[Draw]:
        """Batches of B / parts draws each."""
        return [Draw(*each) for each in zip(*(part.chunk(parts) for part in self), strict=True)]


class Sampler:
    """Draws from `table`, keyed by `seed`; the landmarks lie on `device`, normalised.

    A subject with a single frame serves as l_T only. Where others give the same performance as a subject, l_T is of one of them.
    other_clip: a subject's two frames are of two clips where it has two. corpus_share: the share of draws whose subject is of the corpus,
    where there are landmark-only subjects, too; None draws all subjects evenly.
    Raises ReenactError if fewer than two subjects have frames, none has two, or subjects of one performance have other frames.
    """

    def __init__(
        self, table: LandmarkTable, seed: int, device: torch.device, other_clip: bool = True, corpus_share: float | None = None
    ) -> None:
        self._seed = seed
        order = np.lexsort((table.frame, table.clip, table.subject))
        subject, clip = table.subject[order], table.clip[order]
        self.landmarks = torch.from_numpy(normalise(table.landmarks)[0][order]).to(device)
        self.subjects = len(table.subjects)
        present, start, frames = np.unique(subject, return_index=True, return_counts=True)
        if len(present) < 2:
            raise ReenactError(f"the training landmarks are of {len(present)} subjects; LD-Net needs two or more (corpus.train_subjects)")
        if frames.max() < 2:
            raise ReenactError("no subject of the training landmarks has two frames; LD-Net needs two of each (corpus.clips_per_subject)")
        self._label, self._start, self._frames = present.astype(np.int64), start, frames
        self._paired = np.flatnonzero(frames > 1)
        self._block_start, self._block_rows = _excluded_blocks(subject, clip if other_clip else subject, start, frames)
        self._casts = Casts(table.performance[present], frames)
        of_corpus = table.performance[present[self._paired]] < 0
        self._corpus, self._landmark_only = self._paired[of_corpus], self._paired[~of_corpus]
        self._corpus_share = corpus_share if of_corpus.any() and not of_corpus.all() else None

    def draw(self, name: str, iteration: int, batch_size: int) -> Draw:
        """The batch of `iteration` in the draws called `name`. Subjects of a kind are drawn evenly, however many frames they have."""
        random = generator(self._seed, "ldnet", name, iteration)
        subject = self._subjects(random, batch_size)
        other, known = self._casts.others(subject, random)
        first = self._start[subject] + random.integers(self._frames[subject])
        second = self._start[subject] + random.integers(self._frames[subject] - self._block_rows[first])
        second += np.where(second >= self._block_start[first], self._block_rows[first], 0)
        target = self._start[other] + random.integers(self._frames[other])
        truth = np.where(known, self._start[other] + second - self._start[subject], target)
        rows = self.landmarks[self._tensor(np.stack([first, second, target, truth]))]
        labels = self._tensor(np.stack([self._label[subject], self._label[other]]))
        return Draw(rows[0], rows[1], labels[0], rows[2], labels[1], rows[3], self._tensor(known))

    def draws(self, name: str, start: int, *, batch_size: int) -> Iterator[Draw]:
        """The batches of the iterations from `start` on, without end: of each, this process' share."""
        own = distributed.share(batch_size)
        return (Draw(*(part[own] for part in self.draw(name, iteration, batch_size))) for iteration in count(start))

    def _subjects(self, random: np.random.Generator, count: int) -> np.ndarray:
        if self._corpus_share is None:
            return random.choice(self._paired, count)
        return np.where(
            random.random(count) < self._corpus_share, random.choice(self._corpus, count), random.choice(self._landmark_only, count)
        )

    def people(self, most: int) -> tuple[list[Tensor], list[int], list[bool]]:
        """At most so many subjects: their frames (F, 136), their labels, and who does in each frame what the first one does in it.

        The first one is of the largest cast, and of the subjects alone the one with the most frames. The others of its cast follow.
        """
        order, cast = self._casts.from_largest(self._frames)
        places = order[:most].tolist()
        frames = [self.landmarks[self._start[place] : self._start[place] + self._frames[place]] for place in places]
        return frames, self._label[places].tolist(), [number < cast for number in range(len(places))]

    def _tensor(self, values: np.ndarray) -> Tensor:
        return torch.from_numpy(values).to(self.landmarks.device, non_blocking=True)


class Casts:
    """Which subjects give the same performance. performance (S,) int: its number, or -1; frames (S,) int."""

    def __init__(self, performance: np.ndarray, frames: np.ndarray) -> None:
        _, cast = np.unique(np.where(performance < 0, -1 - np.arange(len(performance)), performance), return_inverse=True)
        self._order = np.argsort(cast, kind="stable")  # cast after cast
        begins, sizes = np.unique(cast[self._order], return_index=True, return_counts=True)[1:]
        self._begin, self._size = begins[cast], sizes[cast]
        self._place = np.empty(len(cast), np.int64)
        self._place[self._order] = np.arange(len(cast))
        uneven = frames != frames[self._order[self._begin]]
        if uneven.any():
            raise ReenactError(
                f"{uneven.sum()} subjects have other frames than those who give the same performance; build the corpus again"
            )

    def from_largest(self, frames: np.ndarray) -> tuple[np.ndarray, int]:
        """All subjects, those of the largest cast first, and how many these are. Of casts of one size that with the most frames counts."""
        begin, size = max(zip(self._begin, self._size, strict=True), key=lambda cast: (cast[1], frames[self._order[cast[0]]]))
        return np.roll(self._order, -begin), int(size)

    def others(self, subject: np.ndarray, random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """For each subject (B,) another one, evenly: of the same cast if there is one (then True in the second array), or of all."""
        begin, size, count = self._begin[subject], self._size[subject], len(self._order)
        known = size > 1
        begin, size = np.where(known, begin, 0), np.where(known, size, count)
        place = begin + (self._place[subject] - begin + random.integers(1, size)) % size
        return self._order[place], known


def _excluded_blocks(subject: np.ndarray, clip: np.ndarray, start: np.ndarray, frames: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """For each sorted row, start and length of the block without partners for it: its clip, or itself if its subject has one clip.

    Of one clip are rows of the same subject with the same number in `clip`.
    """
    rows = np.arange(len(subject))
    begins = np.flatnonzero(np.r_[True, (np.diff(subject) != 0) | (np.diff(clip) != 0)])
    lengths = np.diff(np.r_[begins, len(subject)])
    block_start, block_rows = np.repeat(begins, lengths), np.repeat(lengths, lengths)
    alone = block_rows == np.repeat(frames, frames)
    return np.where(alone, rows, block_start), np.where(alone, 1, block_rows)
