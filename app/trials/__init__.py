"""Sessions held, or read, to find something out: calibrating, comparing, verifying."""
