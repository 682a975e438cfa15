"""Signal arithmetic on numpy arrays. No I/O, no clock."""
