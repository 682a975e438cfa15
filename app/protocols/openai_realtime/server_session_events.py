"""Client events about the session."""

from collections.abc import Mapping

from app.protocols.openai_realtime.server_session import SessionRules, patched
from app.protocols.openai_realtime.server_state import Fields, Handler, ServerState
from app.protocols.openai_realtime.server_values import ServerRequest, SettingsChanged


def _update(state: ServerState, event: Fields) -> list[ServerRequest]:
    rules = SessionRules(
        voices=state.voices, spoken=state.responses.spoken, model_fixed=state.model_fixed
    )
    state.use(patched(state.config.wire, event["session"], rules))
    state.model_fixed = state.model_fixed or event["session"].get("model") is not None
    state.outbox.emit("session.updated", {"session": state.config.wire})
    return [SettingsChanged(config=state.config)]


SESSION_EVENTS: Mapping[str, Handler] = {"session.update": _update}
