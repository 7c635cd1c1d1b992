"""What holds for every test."""

from __future__ import annotations

import os

# Threads that wait for others give their core to the test beside; read by OpenMP when torch is loaded, here and in commands that tests run.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import torch

# Two tests run at once on two cores, and sums of floats, whose bytes tests compare, depend on the number of threads.
torch.set_num_threads(1)

# Tests make git repositories of their own. Neither a person's settings (signatures, hooks, ignored files) nor the repository of a hook that
# runs the tests is to be seen in them. This repository may belong to another user, as in a container.
for name in [name for name in os.environ if name.startswith("GIT_")]:
    del os.environ[name]
os.environ |= {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
os.environ |= {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "safe.directory", "GIT_CONFIG_VALUE_0": "*"}
