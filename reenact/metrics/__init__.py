"""One metric a file; every value that leaves this package carries the name of the backend that made it."""
