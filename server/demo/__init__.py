"""The demonstration: the main job, run on a made-up project."""
