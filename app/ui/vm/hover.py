"""What a figure means, said on hover."""

from app.metrics.definitions import DEFINITIONS


def hover(metric: str, *, reason: str = "", reported: bool = False) -> str:
    """Return the definition of a metric; ``reason`` says why it is unknown, or ""."""
    definition = DEFINITIONS[metric]
    lines = [
        definition.name,
        f"= {definition.formula}",
        f"from {definition.start}",
        f"to {definition.end}",
        f"clock: {definition.clock}",
        definition.pitfalls,
    ]
    lines += ["Reported by the provider, not measured here: drawn hollow."] if reported else []
    lines += [f"Unknown: {reason}."] if reason else []
    return "\n".join(lines)
