"""The typed parameters: their schema and defaults, reading `params.yaml`, and the presets."""
