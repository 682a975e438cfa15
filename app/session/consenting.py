"""Who agreed to being recorded, and when."""

from app.core.clock import Nanoseconds, ms
from app.core.errors import ConfigError
from app.core.events import ConsentGiven
from app.core.privacy import Consent
from app.session.stage import Stage

LONGEST_NAME = 200


def agreed(who: str, stage: Stage) -> tuple[ConsentGiven, Consent]:
    """Return the event and the line of the account for ``who`` agreeing now.

    Raises:
        ConfigError: If nobody is named, or the name is longer than ``LONGEST_NAME``.
    """
    name = " ".join(who.split())
    if not name:
        raise ConfigError("Nobody is named who agrees.", hint="Type the name of who is recorded.")
    if len(name) > LONGEST_NAME:
        raise ConfigError(f"A name has {LONGEST_NAME} characters at most.", hint="Shorten it.")
    now_ns = stage.clock.now_ns()
    at_ms = ms(Nanoseconds(now_ns - stage.account.record.t0_ns))
    consent = Consent(who=name, at_utc=stage.parts.today(), at_ms=at_ms)
    return ConsentGiven(at_ns=now_ns, who=name), consent
