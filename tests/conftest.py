"""What holds for every test."""

from __future__ import annotations

import torch

# Two tests run at once on two cores, and sums of floats, whose bytes tests compare, depend on the number of threads.
torch.set_num_threads(1)
