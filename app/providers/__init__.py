"""Who serves models, where, and how one speaks to them: data, no I/O."""
