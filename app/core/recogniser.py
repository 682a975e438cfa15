"""Who wrote down the user's words."""

from app.core.money import OURS
from app.core.records import SessionRecord

ITS_OWN = "its own recogniser"
"""Our own engine and the simulator have one built in, whichever they are asked for."""


def recogniser_of(record: SessionRecord) -> str | None:
    """Return who wrote down the user's words, as far as is known; None where nobody was asked.

    What the provider says it uses comes before what it was asked for.
    """
    if not record.settings.transcribe_input:
        return None
    if record.target.provider in OURS:
        return ITS_OWN
    return _told(record) or record.settings.transcription_model


def _told(record: SessionRecord) -> str | None:
    """Return the model that the provider's session names, in either shape of the protocol."""
    effective = record.effective_settings or {}
    audio = effective.get("audio")
    side = audio.get("input") if isinstance(audio, dict) else None
    asked = side.get("transcription") if isinstance(side, dict) else None
    asked = asked or effective.get("input_audio_transcription")
    model = asked.get("model") if isinstance(asked, dict) else None
    return model if isinstance(model, str) and model else None
