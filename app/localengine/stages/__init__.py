"""The stages of the speech pipeline, each behind a small port."""
