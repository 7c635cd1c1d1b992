"""How many subjects there are of whom only landmarks are made; apart from making them, so that telling the number needs no head model."""

from __future__ import annotations

from reenact.params import Corpus

BESIDE_RENDERED = 400  # where the corpus is synthetic and the number is left to us


def landmark_subject_count(corpus: Corpus) -> int:
    """The number of landmark-only subjects, with auto resolved."""
    if corpus.landmark_subjects == "auto":
        return BESIDE_RENDERED if corpus.kind == "synthetic" else 0
    return corpus.landmark_subjects
