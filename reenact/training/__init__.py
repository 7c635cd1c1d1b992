"""What both trainings share: devices, phases, the loop, checkpoints, loss curves, trackers and the export."""
