"""View-models in plain Python."""
