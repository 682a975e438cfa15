"""The prices of the genai-prices package: its offline snapshot, never its updater.

Loading it takes a third of a second, so it is loaded when it is first asked. Its rows carry no
date of reading; the version of the package stands in the source.
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from importlib.metadata import PackageNotFoundError, version
from types import MappingProxyType
from typing import Any, Final

from app.core.money import Meter, PriceOrigin, PriceRow

PACKAGE: Final = "genai-prices"

_THEIRS: Final[Mapping[str, str]] = MappingProxyType({
    "openai": "openai",
    "azure_openai": "azure",
    "google_gemini": "google",
    "google_vertex": "google",
    "aws_bedrock": "aws",
    "xai": "x-ai",
    "elevenlabs": "elevenlabs",
    "groq": "groq",
    "mistral": "mistral",
})  # fmt: skip
"""Our providers' names, and theirs."""

_REPLIES: Final[Mapping[str, Meter]] = MappingProxyType({
    "input_mtok": Meter.TEXT_IN,
    "cache_read_mtok": Meter.TEXT_IN_CACHED,
    "output_mtok": Meter.TEXT_OUT,
    "input_audio_mtok": Meter.AUDIO_IN,
    "cache_audio_read_mtok": Meter.AUDIO_IN_CACHED,
    "output_audio_mtok": Meter.AUDIO_OUT,
    "input_image_mtok": Meter.IMAGE_IN,
    "cache_image_read_mtok": Meter.IMAGE_IN_CACHED,
    "output_reasoning_mtok": Meter.REASONING_OUT,
    "input_mchars": Meter.CHARACTERS,
    "input_text_messages_kcount": Meter.TEXT_MESSAGES,
    "audio_hours": Meter.SESSION_SECONDS,
})  # fmt: skip
"""Their price keys as our meters, of a model that is talked to."""

_SCRIBES: Final[Mapping[str, Meter]] = MappingProxyType({
    "input_mtok": Meter.TRANSCRIPTION_TEXT_IN,
    "input_audio_mtok": Meter.TRANSCRIPTION_AUDIO_IN,
    "output_mtok": Meter.TRANSCRIPTION_OUT,
    "audio_hours": Meter.TRANSCRIPTION_SECONDS,
    "input_audio_hours": Meter.TRANSCRIPTION_SECONDS,
})  # fmt: skip
"""The same of one that writes words down."""

_SPEAKERS: Final[Mapping[str, Meter]] = MappingProxyType({
    **_REPLIES,
    "output_mtok": Meter.AUDIO_OUT,
})  # fmt: skip
"""The same of one that reads aloud: all it puts out is audio."""

_BY_NAME: Final = (
    (("transcribe", "whisper", "scribe"), _SCRIBES),
    (("tts",), _SPEAKERS),
)

_VOICE: Final = frozenset({
    Meter.AUDIO_IN,
    Meter.AUDIO_OUT,
    Meter.SESSION_SECONDS,
    Meter.TRANSCRIPTION_AUDIO_IN,
    Meter.TRANSCRIPTION_SECONDS,
    Meter.CHARACTERS,
})  # fmt: skip

_MINUTES_AN_HOUR: Final = 60
_DIGITS: Final = 10
"""Of a price per minute that was one per hour."""
_LONGEST_NOTE: Final = 500


class GenaiPrices:
    """Implements ``OthersPrices``. Any thread."""

    def __init__(self) -> None:
        self._providers: Mapping[str, Any] | None = None
        self._version: str | None = None
        self._voices: tuple[PriceRow, ...] | None = None

    @property
    def version(self) -> str:
        """The package's version; "" where it is not installed."""
        if self._version is None:
            try:
                self._version = version(PACKAGE)
            except PackageNotFoundError:
                self._version = ""
        return self._version

    def of(self, provider: str, model: str) -> tuple[PriceRow, ...]:
        """Return all that is known of a model, the oldest first; () of one that is not."""
        theirs = _THEIRS.get(provider)
        found = None if theirs is None else self._loaded().get(theirs)
        if found is None:
            return ()
        info = next((each for each in found.models if each.is_match(model)), None)
        return () if info is None else self._rows(provider, model, info, found)

    def voices(self) -> tuple[PriceRow, ...]:
        """Return the rows of all models that hear or speak, by their providers' names of ours."""
        if self._voices is None:
            loaded = self._loaded()
            self._voices = tuple(
                row
                for ours, theirs in _THEIRS.items()
                if theirs in loaded
                for info in loaded[theirs].models
                for row in self._rows(ours, info.id, info, loaded[theirs])
                if _VOICE & row.rates.keys()
            )
        return self._voices

    def _loaded(self) -> Mapping[str, Any]:
        if self._providers is None:
            try:
                from genai_prices.data_snapshot import get_snapshot  # noqa: PLC0415
            except ImportError:
                self._providers = {}
            else:
                self._providers = {each.id: each for each in get_snapshot().providers}
        return self._providers

    def _rows(self, provider: str, model: str, info: Any, found: Any) -> tuple[PriceRow, ...]:
        page = (found.pricing_urls or ("",))[0]
        source = f"{PACKAGE} {self.version}, {found.name}: {info.id}; {page}".rstrip("; ")
        rows = []
        for valid_from, prices, odd in _dated(info.prices):
            rates, more = _rates(info.id, prices)
            notes = "; ".join((*odd, *more, (info.price_comments or "")[:_LONGEST_NOTE]))
            rows.append(
                PriceRow(
                    provider=provider,
                    model=model,
                    rates=rates,
                    origin=PriceOrigin.GENAI_PRICES,
                    valid_from=valid_from,
                    source=source,
                    notes=notes.strip("; "),
                )
            )
        return tuple(sorted(rows, key=lambda row: row.valid_from or ""))


def _dated(prices: Any) -> Iterable[tuple[str | None, Any, tuple[str, ...]]]:
    """Return a model's prices with their first days, and what else must be known of each."""
    if not isinstance(prices, list):
        return [(None, prices, ())]
    by_hour = [each for each in prices if hasattr(each.constraint, "start_time")]
    odd = ("at some hours of the day it costs otherwise",) if by_hour else ()
    return [
        (_first_day(each.constraint), each.prices, odd) for each in prices if each not in by_hour
    ]


def _first_day(constraint: Any) -> str | None:
    return None if constraint is None else constraint.start_date.isoformat()


def _rates(model: str, prices: Any) -> tuple[dict[Meter, Decimal], list[str]]:
    """Return a row's rates, and sentences about what our meters do not hold."""
    meant = next((keys for names, keys in _BY_NAME if any(n in model for n in names)), _REPLIES)
    rates: dict[Meter, Decimal] = {}
    odd: list[str] = []
    for key, value in vars(prices).items():
        if value is None or key.startswith("_"):
            continue
        meter = meant.get(key)
        base = value if isinstance(value, Decimal) else value.base
        if base is not value:
            odd += [f"{key}: {tier.price} from {tier.start} tokens on" for tier in value.tiers]
        if meter is None:
            odd.append(f"{key} {base} is billed as well")
        else:
            rates[meter] = _a_minute(base) if key.endswith("_hours") else base
    return rates, odd


def _a_minute(an_hour: Decimal) -> Decimal:
    return round(an_hour / _MINUTES_AN_HOUR, _DIGITS).normalize()
