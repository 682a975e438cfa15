"""The catalogue as entries of the model picker."""

from app.core.capabilities import Capabilities
from app.core.config import AuthScheme, Target
from app.core.endpoint import endpoint_of
from app.providers.catalogue import Catalogue, ModelSpec, ProviderSpec
from app.providers.targets import CUSTOM, capabilities_of, resolve
from app.ui.vm.choices import CUSTOM_ID, ModelOption


def model_options(catalogue: Catalogue) -> tuple[ModelOption, ...]:
    """Return an entry per model of each provider, and one for your own endpoint, last."""
    listed = [
        _option(catalogue, spec, model)
        for spec in catalogue.providers
        for model in spec.models or (None,)
    ]
    own = ModelOption(
        model_id=CUSTOM_ID,
        title="Your own endpoint\N{HORIZONTAL ELLIPSIS}",
        group="",
        target=None,
        capabilities=Capabilities(semantic_vad=True),
    )
    return (*listed, own)


def _option(catalogue: Catalogue, spec: ProviderSpec, model: ModelSpec | None) -> ModelOption:
    model_id = spec.id if model is None else f"{spec.id}:{model.id}"
    target = resolve(catalogue, model_id)
    notes = [spec.notes if model is None else model.notes]
    if model is not None and model.deprecated:
        notes.append("Deprecated." if model.shutdown is None else f"Ends on {model.shutdown}.")
    return ModelOption(
        model_id=model_id,
        title=target.title,
        group=spec.title,
        target=target,
        capabilities=capabilities_of(catalogue, target),
        voices=spec.voices,
        default_voice=spec.default_voice,
        transcription_model=spec.transcription_model,
        key_name=spec.id,
        key_environment=() if spec.key_env is None else (spec.key_env,),
        needs_key=bool(spec.url) and spec.auth is not AuthScheme.NONE,
        notes=" ".join(note for note in notes if note),
    )


def own_option(option: ModelOption, target: Target) -> ModelOption:
    """Return the entry of your own endpoint, once it is known where it is.

    Its key is kept by host and port, so that it is never sent to another.
    """
    return ModelOption(
        model_id=option.model_id,
        title=target.title,
        group=option.group,
        target=target,
        capabilities=option.capabilities,
        key_name=f"{CUSTOM}:{endpoint_of(target.url).name}",
        needs_key=target.auth is not AuthScheme.NONE,
    )
