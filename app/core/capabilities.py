"""What an endpoint can do, as documented flags. Code asks the flag, never the vendor's name."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """Flags of one endpoint.

    Attributes:
        server_vad: Ends turns by energy or probability, with threshold, padding and silence.
        semantic_vad: Ends turns by meaning.
        manual_turns: Lets the client commit turns (push-to-talk).
        truncates_items: Takes ``conversation.item.truncate`` after an interruption.
        cancels_responses: Takes a cancel while a reply runs.
        text_input: Takes typed messages.
        tools: Calls functions.
        input_transcripts: Can tell the user's words.
        interim_transcripts: Tells them while the user still speaks.
        reports_usage: Tells token counts.
        idle_timeout: Speaks up by itself after a silence of both sides.
        telephone_formats: Takes and sends G.711, mu-law and A-law.
        pcm_rates: Takes and sends PCM at 16 and 8 kHz beside 24 kHz.
        changes_turns: Takes other turn detection while the session runs.
    """

    server_vad: bool = True
    semantic_vad: bool = False
    manual_turns: bool = True
    truncates_items: bool = True
    cancels_responses: bool = True
    text_input: bool = True
    tools: bool = True
    input_transcripts: bool = True
    interim_transcripts: bool = False
    reports_usage: bool = True
    idle_timeout: bool = False
    telephone_formats: bool = True
    pcm_rates: bool = False
    changes_turns: bool = True
