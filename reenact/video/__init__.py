"""Video in and out: ffmpeg behind functions that speak numpy, always at 25 frames per second."""

FPS = 25
