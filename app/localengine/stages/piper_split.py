"""Cuts a Piper voice in two, so that its decoder can run on windows of a sentence.

The cut is the input of the decoder's first convolution; both halves are kept below the weights
folder under the sha256 of the whole voice, with a note of where they come from.
"""

import errno
import json
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.core.errors import WeightsError
from app.localengine.weights_store import sha256_of

_ENCODER, _DECODER, _NOTE = "encoder.onnx", "decoder.onnx", "split.json"
_CUT_NODE = "dec/conv_pre"


@dataclass(frozen=True, slots=True, kw_only=True)
class SplitVoice:
    """The two halves of a voice. ``cut`` is the decoder's input name."""

    encoder: Path
    decoder: Path
    cut: str


def split_voice(voice: Path, derived: Path) -> SplitVoice | None:
    """Return the halves of ``voice``, made now unless they exist and are whole.

    None where the network has no cut to find: such a voice speaks sentence by sentence.
    Blocks for about a second when it has to cut.

    Raises:
        WeightsError: If the file is not an ONNX network, or the halves cannot be stored.
    """
    source = sha256_of(voice)
    folder = derived / source
    kept = _kept(folder)
    if kept is not None:
        return kept
    return _cut(voice, source, folder)


def _kept(folder: Path) -> SplitVoice | None:
    try:
        note: dict[str, Any] = json.loads((folder / _NOTE).read_text("utf-8"))
        whole = all(sha256_of(folder / name) == note[name] for name in (_ENCODER, _DECODER))
        cut = str(note["cut"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return _halves(folder, cut) if whole else None


def _halves(folder: Path, cut: str) -> SplitVoice:
    return SplitVoice(encoder=folder / _ENCODER, decoder=folder / _DECODER, cut=cut)


def _cut(voice: Path, source: str, folder: Path) -> SplitVoice | None:
    import onnx  # noqa: PLC0415 - half a second, and needed once per voice
    import onnx.utils  # noqa: PLC0415
    from google.protobuf.message import (  # type: ignore[import-untyped]  # noqa: PLC0415 - has no types
        DecodeError,
    )

    try:
        graph = onnx.load(str(voice)).graph
    except DecodeError as exc:
        raise WeightsError(
            f"{voice.name} is not an ONNX voice", hint="Name a Piper voice (.onnx)."
        ) from exc
    cut = next((n.input[0] for n in graph.node if n.op_type == "Conv" and _CUT_NODE in n.name), "")
    if not cut:
        return None
    inputs = [i.name for i in graph.input]
    outputs = [o.name for o in graph.output]
    derived = folder.parent
    derived.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".cut-", dir=derived) as made:
        new = Path(made) / "voice"
        new.mkdir()
        speaker = [name for name in inputs if name == "sid"]
        for name, ins, outs in (
            (_ENCODER, inputs, [cut]),
            (_DECODER, [cut, *speaker], outputs),
        ):
            onnx.utils.extract_model(str(voice), str(new / name), ins, outs, check_model=False)
        note = {name: sha256_of(new / name) for name in (_ENCODER, _DECODER)}
        note |= {"cut": cut, "source_file": voice.name, "source_sha256": source}
        (new / _NOTE).write_text(json.dumps(note, indent=1), "utf-8")
        _place(new, folder)
    return _halves(folder, cut)


def _place(new: Path, folder: Path) -> None:
    """Move the finished folder into place; where another process was first, theirs stays."""
    if folder.exists() and _kept(folder) is None:
        shutil.rmtree(folder)
    try:
        new.rename(folder)
    except OSError as exc:
        if exc.errno not in {errno.ENOTEMPTY, errno.EEXIST}:
            raise
