"""Sockets to providers: dialling, deadlines, stamps, and failures in a person's words."""
