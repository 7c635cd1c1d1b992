"""The renderer of talking heads: subjects, looks, motion and scenes from a seed, and videos of them with their truth."""

from reenact.synthetic.performer import write_performer
from reenact.synthetic.portraits import neutral_portrait, write_portraits

__all__ = ["neutral_portrait", "write_performer", "write_portraits"]
