"""Plots of the live view."""
