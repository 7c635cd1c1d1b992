"""What holds for every test."""

from __future__ import annotations

import os

# Threads that wait for others give their core to the test beside; read by OpenMP when torch is loaded, here and in commands that tests run.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import torch

# Two tests run at once on two cores, and sums of floats, whose bytes tests compare, depend on the number of threads.
torch.set_num_threads(1)
