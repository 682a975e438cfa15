from app.core.config import AuthScheme, Dialect
from app.providers.catalogue import parse_catalogue
from app.ui.vm.catalogue import model_options, own_option
from app.ui.vm.choices import CUSTOM_ID
from app.ui.vm.endpoint import EndpointDraft
from tests.support.ui import catalogue


def test_the_embedded_engine_is_first_and_needs_no_key() -> None:
    first = model_options(catalogue())[0]

    assert (first.model_id, first.needs_key) == ("local", False)
    assert first.label == "Embedded speech engine"


def test_your_own_endpoint_is_last_and_has_yet_to_be_entered() -> None:
    last = model_options(catalogue())[-1]

    assert (last.model_id, last.target) == (CUSTOM_ID, None)


def test_a_model_of_a_service_names_its_key_and_voices() -> None:
    options = {each.model_id: each for each in model_options(catalogue())}

    mini = options["openai:gpt-realtime-2.1-mini"]

    assert mini.label == "OpenAI Realtime: GPT Realtime 2.1 mini"
    assert mini.needs_key
    assert mini.key_name == "openai"
    assert mini.key_environment == ("OPENAI_API_KEY",)
    assert "marin" in mini.voices
    assert mini.capabilities.semantic_vad


def test_every_model_id_is_its_own() -> None:
    ids = [each.model_id for each in model_options(catalogue())]

    assert len(ids) == len(set(ids))


OLD = """
schema = 1
date = 2026-11-21

[[providers]]
id = "them"
title = "Them"
url = "wss://them.example/v1/realtime"
auth = "bearer"
dialect = "openai-ga"
source = "a test"
models = [
  { id = "old", title = "Old", notes = "Slow.", deprecated = true },
  { id = "older", title = "Older", deprecated = true, shutdown = 2027-01-31 },
]
"""


def test_a_model_that_ends_says_when() -> None:
    old, older, _own = model_options(parse_catalogue(OLD))

    assert old.notes == "Slow. Deprecated."
    assert older.notes == "Ends on 2027-01-31."


def test_the_key_of_your_own_endpoint_is_kept_by_its_host() -> None:
    option = model_options(catalogue())[-1]

    def key_name(url: str) -> str:
        draft = EndpointDraft(url=url, model="", dialect=Dialect.OPENAI_GA, auth=AuthScheme.BEARER)
        return own_option(option, draft.target()).key_name

    assert key_name("wss://a.example") == "custom:a.example:443"
    assert key_name("wss://b.example:8443") == "custom:b.example:8443"
