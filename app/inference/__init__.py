"""Neural networks that measure."""
