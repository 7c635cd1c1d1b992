"""Reading and writing video with FFmpeg's libraries: 25 pictures per second for shards, or pictures at a video's own times."""

FPS = 25
