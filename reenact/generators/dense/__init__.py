"""A generator of our own: it moves the target's picture by a flow, and paints what the target does not show."""
