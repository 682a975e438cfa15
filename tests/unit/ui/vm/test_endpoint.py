import pytest

from app.core.config import AuthScheme, Dialect
from app.core.errors import ConfigError
from app.ui.vm.endpoint import AUTHS, DIALECTS, EndpointDraft


def draft(url: str, *, model: str = "", auth: AuthScheme = AuthScheme.BEARER) -> EndpointDraft:
    return EndpointDraft(url=url, model=model, dialect=Dialect.OPENAI_GA, auth=auth)


def test_every_dialect_and_scheme_has_words() -> None:
    assert list(DIALECTS) == list(Dialect)
    assert set(AUTHS) == set(AuthScheme)


def test_an_address_becomes_a_target() -> None:
    target = draft(" https://host.example ", model=" voice-1 ").target()

    assert (target.url, target.model, target.title) == (
        "wss://host.example/v1/realtime",
        "voice-1",
        "voice-1 at host.example:443",
    )


def test_a_model_in_the_address_counts() -> None:
    assert draft("wss://h/v1/realtime?model=m").target().model == "m"


@pytest.mark.parametrize(
    ("bad", "part"),
    [
        (draft(""), "must begin with wss://"),
        (draft("local"), "must begin with wss://"),
        (draft("ftp://host"), "does not begin with"),
        (draft("wss://user:pw@host/"), "user name or a password"),
        (draft("wss://host:99999/"), "port"),
        (draft("wss:///path"), "no host"),
        (draft("wss://host/?api_key=x"), "secret"),
        (draft("wss://host", model="a b"), "no spaces"),
        (draft("wss://host", model="a\x00b"), "no spaces"),
        (draft("ws://host.example/"), "unencrypted"),
    ],
)
def test_an_address_that_cannot_work_says_why(bad: EndpointDraft, part: str) -> None:
    with pytest.raises(ConfigError, match=part):
        bad.target()


@pytest.mark.parametrize(
    "good",
    [draft("ws://127.0.0.1:8080"), draft("ws://host.example/", auth=AuthScheme.NONE)],
    ids=["loopback", "no key"],
)
def test_an_open_socket_is_allowed_where_no_key_can_be_overheard(good: EndpointDraft) -> None:
    assert good.target().url.startswith("ws://")
