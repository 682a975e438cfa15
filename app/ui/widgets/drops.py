"""What may be dropped onto the window."""

from PySide6.QtCore import QMimeData

BUNDLE = ".vivavoce"


def bundle_of(data: QMimeData) -> str:
    """Return the path of the one bundle that is carried, or ""."""
    paths = [each.toLocalFile() for each in data.urls() if each.isLocalFile()]
    bundles = [each for each in paths if each.lower().endswith(BUNDLE)]
    return bundles[0] if len(bundles) == 1 else ""
