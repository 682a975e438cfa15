"""Values, ports and errors. Imports nothing of ours."""
