"""Why a frame has no landmarks of the followed face; apart from the tracker, so that accounts can be read without it."""

from __future__ import annotations

NO_FACE = "no face"
ANOTHER_FACE = "another face"
# What the detector took for a face is none that stands upright, so that its landmarks mean nothing.
MISFIT = "landmarks fit no face"
