"""The embedded corpus: talking heads rendered from the head model, in VoxCeleb2's layout, for those who have no VoxCeleb."""

from reenact.corpus.synthetic.corpus import SyntheticCorpus, corpus_encoder, corpus_folder, render_corpus
from reenact.corpus.synthetic.performer import write_performer
from reenact.corpus.synthetic.portraits import neutral_portrait, write_portraits

__all__ = ["SyntheticCorpus", "corpus_encoder", "corpus_folder", "neutral_portrait", "render_corpus", "write_performer", "write_portraits"]
