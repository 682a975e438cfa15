"""The page itself: template, style and script in one file that asks nobody for anything."""

import base64
import hashlib
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING, Final

from app.core.resources import resource
from app.exports.report_sound import SoundOf
from app.exports.report_view import Page

if TYPE_CHECKING:
    from jinja2 import Template

TEMPLATE: Final = "report.html"


def page_pieces(page: Page, sound: SoundOf) -> Iterator[str]:
    """Return the file's text piece by piece; sound is encoded when its piece is asked for."""
    style, script = _read("report.css"), _read("report.js")
    return _template().generate(
        page=page, sound=sound, style=style, script=script, policy=policy(style, script)
    )


@cache
def _template() -> "Template":
    """Return the compiled template: it takes a third of a second, and never changes."""
    from jinja2 import (  # noqa: PLC0415 - a library of its own, and most exports need none
        Environment,
        FileSystemLoader,
        StrictUndefined,
    )
    from markupsafe import Markup  # noqa: PLC0415

    environment = Environment(
        loader=FileSystemLoader(resource("report")),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["own"] = Markup
    return environment.get_template(TEMPLATE)


def _read(name: str) -> str:
    return resource("report", name).read_text("utf-8")


def policy(style: str, script: str) -> str:
    """Return a policy that allows the page's own style and script, and sound inside the file.

    Source: Content Security Policy Level 3, 6.7.3 (hashes of inline elements).
    """
    return "; ".join((
        "default-src 'none'",
        f"script-src '{_hash(script)}'",
        f"style-src '{_hash(style)}'",
        "media-src data:",
        "img-src data:",
        "base-uri 'none'",
        "form-action 'none'",
    ))  # fmt: skip


def _hash(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"
