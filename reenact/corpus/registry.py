"""The class that reads each kind of corpus, by the name in `corpus.kind`."""

from __future__ import annotations

from pathlib import Path

from reenact.config.schema import Params
from reenact.corpus.base import Corpus
from reenact.corpus.faceforensics import FaceForensicsCorpus
from reenact.corpus.folder import FolderCorpus
from reenact.corpus.synthetic import SyntheticCorpus
from reenact.corpus.voxceleb1 import VoxCeleb1Corpus
from reenact.corpus.voxceleb2 import VoxCeleb2Corpus

CORPORA: dict[str, type[Corpus]] = {
    "synthetic": SyntheticCorpus,
    "voxceleb2": VoxCeleb2Corpus,
    "voxceleb1": VoxCeleb1Corpus,
    "faceforensics": FaceForensicsCorpus,
    "folder": FolderCorpus,
}


def open_corpus(params: Params, root: Path) -> Corpus:
    """The corpus that `params.corpus` describes; relative paths start at the project's `root`."""
    return CORPORA[params.corpus.kind](params, root)
