"""Orchestration of one live session. Knows ports and values only."""
