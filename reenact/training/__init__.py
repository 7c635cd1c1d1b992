"""What all trainings share: devices, objectives, the trainer, checkpoints, loss curves, watchers and the export."""
