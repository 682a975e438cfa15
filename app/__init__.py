"""Viva Voce: live tests of realtime voice models."""
