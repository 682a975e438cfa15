"""The reference points of all definitions, in words, and the shape of a row."""

from typing import Final, TypeAlias

Row: TypeAlias = tuple[str, str, str, str, str, str, str, str, str]
"""id, name, unit, start, end, clock, formula, pitfalls, source."""

U_ON: Final = "the acoustic onset of the user's speech"
U_OFF: Final = "the acoustic end of the user's speech"
SENT: Final = "the user's last frame handed to the socket"
DECIDED: Final = "the provider's endpoint, else the commit, else our request"
STOP: Final = "the arrival of the provider's speech-stopped"
COMMIT: Final = "our commit, else the arrival of the provider's"
CREATE: Final = "our request for the reply, else the arrival of its announcement"
REF: Final = "the reference named in ttft_ref: stop, else commit, else create"
TOK1: Final = "the first non-empty delta of any kind"
A0: Final = "the arrival of the first reply audio"
A_LAST: Final = "the arrival of the last reply audio"
PLAY: Final = "its first frame at the loudspeaker"
AUD: Final = "the first audible frame at the loudspeaker"
SIL: Final = "the last audible frame at the loudspeaker"
DONE: Final = "the arrival of the last reply's end"
ONSET: Final = "the acoustic onset of the interrupting speech"
VAD_ON: Final = "the arrival of the provider's onset of the interrupting speech"
DECISION: Final = "the decision to stop: the provider's onset, our own ears' or a hand's"
CALLED: Final = "the first call complete"
ANSWERED: Final = "our last result sent"
CANCEL: Final = "our cancel sent"
