"""The dress of a report's pictures, made plain: colours instead of variables, no page around."""

import re
from collections.abc import Mapping
from typing import Final

MOST: Final = 40_000
_VARIABLE: Final = re.compile(r"--([\w-]{1,40})\s*:\s*(#[0-9a-fA-F]{3,8})\s*;")
_USE: Final = re.compile(r"var\(\s*--([\w-]{1,40})\s*(?:,[^()]{0,40})?\)")
_RULE: Final = re.compile(r"([^{}@;]{1,200})\{([^{}]{1,400})\}")
_SELECTOR: Final = re.compile(r"[.\w\s,-]+")
_WANTED: Final = re.compile(r"\s*(fill|stroke|font|opacity|text-anchor)[\w-]*\s*:")
_AROUND: Final = ".drawing "
_HALO: Final = "paint-order"
"""A stroke that is painted behind its letters; where that is not known it would hide them."""


def picture_styles(style: str, *, dark: bool) -> str:
    """Return the rules of a page's style sheet that a picture alone can wear.

    The first colour that a variable is given is the light one, the next the dark one.
    """
    text = style[:MOST]
    light: dict[str, str] = {}
    later: dict[str, str] = {}
    for name, colour in _VARIABLE.findall(text):
        (later if name in light else light).setdefault(name, colour)
    colours = light | later if dark else light
    return "\n".join(_rules(text, colours))


def _rules(text: str, colours: Mapping[str, str]) -> list[str]:
    made = []
    for selectors, body in _RULE.findall(text):
        names = selectors.strip()
        if "." not in names or not _SELECTOR.fullmatch(names) or _HALO in body:
            continue
        plain = _USE.sub(lambda found: colours.get(found[1], "currentColor"), body)
        kept = [part.strip() for part in plain.split(";") if _WANTED.match(part)]
        if kept:
            made.append(f"{names.replace(_AROUND, '')} {{ {'; '.join(kept)}; }}")
    return made
