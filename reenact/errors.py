"""Errors that are meant for the person at the keyboard."""


class ReenactError(Exception):
    """Something a user can put right; its text says what was wrong, in which file or key, and what to do."""


class Stopped(ReenactError):
    """Work that a signal asked to stop. It was put away whole, and the same command goes on; the process ends with code 75."""
