"""Video in and out by FFmpeg's libraries: pictures at 25 a second for shards, or at a video's own times."""

FPS = 25
