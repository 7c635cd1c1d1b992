"""Processes that read side by side share the cores, so that none may use several."""

from __future__ import annotations

import os

import numpy as np

from reenact.evaluation.reading import ClipReader, Pictures
from tests.support.thread_reader import ThreadReader


def test_each_of_several_processes_keeps_to_one_thread(tmp_path, monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "2")  # what a machine of two cores has by itself
    monkeypatch.delenv("OPENBLAS_NUM_THREADS", raising=False)
    black = np.zeros((1, 64, 64, 3), np.uint8)
    with ClipReader({"threads": ThreadReader()}, tmp_path, workers=2) as reader:
        (found,) = reader.read([Pictures(black, np.zeros((1, 68, 2), np.float32))])
    *threads, process = found.readings["threads"][0].tolist()
    assert threads == [1, 1, 1] and process != os.getpid()
