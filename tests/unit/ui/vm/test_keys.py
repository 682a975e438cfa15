import asyncio
from dataclasses import replace

from app.core.capabilities import Capabilities
from app.ui.vm.choices import ModelOption
from app.ui.vm.keys import KeyOrigin, KeysViewModel, KeyView
from tests.support.reports import LOCAL
from tests.support.ui import FakeSecrets

OPTION = ModelOption(
    model_id="openai:m",
    title="M",
    group="OpenAI",
    target=LOCAL,
    capabilities=Capabilities(),
    key_name="openai",
    key_environment=("FIRST_KEY", "OTHER_KEY"),
    needs_key=True,
)


def test_a_key_typed_for_one_use_comes_first() -> None:
    secrets = FakeSecrets()
    secrets.kept["openai"] = "from-keyring"
    vm = KeysViewModel(secrets, {"FIRST_KEY": "from-env"})
    vm.use_once("openai", " typed ")

    assert asyncio.run(vm.find(OPTION)) == "typed"
    assert vm.view("openai") == KeyView(KeyOrigin.ONCE)
    assert secrets.kept == {"openai": "from-keyring"}


def test_the_environment_comes_before_the_keyring() -> None:
    secrets = FakeSecrets()
    secrets.kept["openai"] = "from-keyring"
    vm = KeysViewModel(secrets, {"FIRST_KEY": "", "OTHER_KEY": "from-env"})

    assert asyncio.run(vm.find(OPTION)) == "from-env"
    assert vm.view("openai").origin is KeyOrigin.ENVIRONMENT


def test_the_keyring_is_asked_last() -> None:
    secrets = FakeSecrets()
    secrets.kept["openai"] = "from-keyring"
    vm = KeysViewModel(secrets, {})

    assert asyncio.run(vm.find(OPTION)) == "from-keyring"
    assert vm.view("openai").origin is KeyOrigin.KEYRING


def test_a_key_that_is_nowhere_is_not_set() -> None:
    vm = KeysViewModel(FakeSecrets(), {})

    assert asyncio.run(vm.find(OPTION)) is None
    assert vm.view("openai") == KeyView(KeyOrigin.NOT_SET)


def test_a_model_without_need_of_a_key_does_not_ask_the_keyring() -> None:
    vm = KeysViewModel(FakeSecrets(broken=True), {})

    assert asyncio.run(vm.find(replace(OPTION, needs_key=False))) is None
    assert vm.view("openai") == KeyView(KeyOrigin.NOT_NEEDED)


def test_without_a_keyring_the_view_says_so() -> None:
    vm = KeysViewModel(FakeSecrets(broken=True), {})

    asyncio.run(vm.refresh(OPTION))

    assert vm.view("openai") == KeyView(
        KeyOrigin.NOT_SET,
        "There is no secure keyring on this machine. Use the key once instead.",
    )


def test_storing_forgets_the_key_that_was_for_one_use() -> None:
    secrets = FakeSecrets()
    vm = KeysViewModel(secrets, {})
    vm.use_once("openai", "old")

    assert asyncio.run(vm.store("openai", " new ")) is None
    assert asyncio.run(vm.find(OPTION)) == "new"
    assert secrets.kept == {"openai": "new"}


def test_a_key_that_was_not_stored_says_why_and_keeps_its_origin() -> None:
    vm = KeysViewModel(FakeSecrets(broken=True), {})
    vm.use_once("openai", "old")

    problem = asyncio.run(vm.store("openai", "new"))

    assert problem is not None
    assert "no secure keyring" in problem
    assert vm.view("openai").origin is KeyOrigin.ONCE


def test_removing_forgets_the_key_everywhere() -> None:
    secrets = FakeSecrets()
    secrets.kept["openai"] = "k"
    vm = KeysViewModel(secrets, {})
    vm.use_once("openai", "old")

    assert asyncio.run(vm.remove("openai")) is None
    assert asyncio.run(vm.find(OPTION)) is None


def test_a_key_that_was_not_removed_says_why() -> None:
    vm = KeysViewModel(FakeSecrets(broken=True), {})

    problem = asyncio.run(vm.remove("openai"))

    assert problem is not None
    assert vm.view("openai").problem == problem


def test_a_keyring_that_does_not_answer_is_given_up() -> None:
    class Silent(FakeSecrets):
        def get(self, provider: str) -> str | None:
            raise TimeoutError  # what the deadline raises, without the wait

    vm = KeysViewModel(Silent(), {})

    assert asyncio.run(vm.find(OPTION)) is None
    assert "does not answer" in vm.view("openai").problem


def test_every_change_of_a_view_is_told() -> None:
    vm = KeysViewModel(FakeSecrets(), {})
    told: list[str] = []
    vm.changed.connect(told.append)

    vm.use_once("openai", "k")

    assert told == ["openai"]


def test_no_view_holds_a_key() -> None:
    vm = KeysViewModel(FakeSecrets(), {})
    vm.use_once("openai", "sk-secret")

    assert "sk-secret" not in repr(vm.view("openai"))
