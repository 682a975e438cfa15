"""Who speaks which protocol, where, and with what authentication."""
