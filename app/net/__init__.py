"""Sockets of the client side."""
