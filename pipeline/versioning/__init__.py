"""DVC: its stages as `dvc.yaml`, its repository, and the copies in which it runs experiments."""
