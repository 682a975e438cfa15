"""Signal arithmetic on mono int16 samples: numpy and soxr only, no clock, device or file."""
