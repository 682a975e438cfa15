"""Refuse files that hold what looks like a key: ``python packaging/secrets_scan.py FILE...``."""

import re
import sys
from pathlib import Path

SHAPES = re.compile(
    rb"sk-(?:proj-|ant-)[A-Za-z0-9_-]{40,}|ek_[0-9a-f]{32}|AIza[A-Za-z0-9_-]{35}"
    rb"|-----BEGIN (?:RSA |EC |OPENSSH )?PRIVATE KEY-----\s+[A-Za-z0-9+/=\s]{200}"
)
EXAMPLES = (b"ek_68af296e8e408191a1120ab6383263c2",)
"""Published examples of providers' documentation, which open nothing."""


def findings(content: bytes) -> list[int]:
    """Return the line numbers at which ``content`` holds what looks like a key."""
    hits = (hit for hit in SHAPES.finditer(content) if hit.group() not in EXAMPLES)
    return [content.count(b"\n", 0, hit.start()) + 1 for hit in hits]


def main(arguments: list[str]) -> int:
    """Scan the named files; return 1 if one holds what looks like a key."""
    found = [
        f"{name}:{line}: looks like a key"
        for name in arguments
        for line in findings(Path(name).read_bytes())
    ]
    print("\n".join(found), end="\n" if found else "")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
