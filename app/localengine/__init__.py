"""The embedded speech engine and the simulator: a server process of its own."""
