"""What a turn took: instants, differences, and what they are worth. Numpy only, no I/O."""
