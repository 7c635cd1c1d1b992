"""A reader that reads how many threads its process would use."""

from __future__ import annotations

import os

import numpy as np

from reenact.metrics.base import Clip


class ThreadReader:
    """Reads "threads": (1, 4), those of PyTorch, of OpenCV and the most of linear algebra, and the process's number."""

    compares = False

    def read(self, clip: Clip) -> dict[str, np.ndarray]:
        """Loads the libraries as other readers do: when they are needed."""
        import cv2
        import scipy.linalg  # noqa: F401  # it brings a linear algebra of its own
        import torch
        from threadpoolctl import threadpool_info

        most = max(each["num_threads"] for each in threadpool_info())
        return {"threads": np.array([[torch.get_num_threads(), cv2.getNumThreads(), most, os.getpid()]])}

    def about(self) -> dict[str, str]:
        """See `metrics.base.Reader`."""
        return {"backend": "made", "version": "", "weights": "", "input": ""}
