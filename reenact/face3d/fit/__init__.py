"""Fitting a 3D face model to 68 landmarks: pose, identity and blendshapes, frame by frame or with one identity for many frames."""

from reenact.face3d.fit.fit import IDENTITY_FRAMES, Fit, fit, fit_clip

__all__ = ["IDENTITY_FRAMES", "Fit", "fit", "fit_clip"]
