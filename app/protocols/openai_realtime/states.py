"""States of one OpenAI Realtime connection, seen from the client.

Everything that can change the state is in TRANSITIONS. A pair that is absent is an error of
whoever caused it: of the peer for what was received, ours for what was asked.

Replies have no state here. Services leave out ``response.created``, send deltas after
``response.done`` and run replies side by side, so a single "responding" flag would lie; each
event carries the id of its reply, and who keeps account of turns goes by that.

Source: OpenAI Realtime API reference, "Client events" and "Server events".
"""

from enum import StrEnum


class State(StrEnum):
    """Where the connection stands."""

    OPENING = "opening"
    CONFIGURING = "configuring"
    READY = "ready"


class Cause(StrEnum):
    """What can change where it stands.

    CREATED and UPDATED are the server's ``session.created`` and ``session.updated``; WORK is
    any message of the server that is about input, items or replies; NOTICE is any other one
    (errors, limits, unknown kinds); COMMAND is anything that we ask.
    """

    CREATED = "session.created"
    UPDATED = "session.updated"
    WORK = "server work"
    NOTICE = "server notice"
    COMMAND = "client command"


TRANSITIONS: dict[State, dict[Cause, State]] = {
    State.OPENING: {
        Cause.CREATED: State.CONFIGURING,
        Cause.NOTICE: State.OPENING,
        Cause.WORK: State.OPENING,
    },
    State.CONFIGURING: {
        Cause.UPDATED: State.READY,
        Cause.WORK: State.READY,
        Cause.NOTICE: State.CONFIGURING,
        Cause.COMMAND: State.CONFIGURING,
    },
    State.READY: {
        Cause.UPDATED: State.READY,
        Cause.WORK: State.READY,
        Cause.NOTICE: State.READY,
        Cause.COMMAND: State.READY,
    },
}
