"""The program's version; ``pyproject.toml`` must say the same, which a test checks."""

VERSION = "0.1.0"
