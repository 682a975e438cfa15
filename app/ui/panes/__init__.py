"""The parts of the window. They ignore each other."""
