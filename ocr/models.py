"""The recognition models: seeded from the installed ``rapidocr`` wheel, so that nothing is fetched at run time.

PaddleOCR looks for ``<folder>/<model>_onnx/inference.onnx`` beside an ``inference.yml``; the wheel ships the same
PP-OCRv6-small networks as bare files. A model folder is code, so its SHA-256 is pinned: another file is refused.

``python -m ocr.models DEST`` seeds ``DEST``; doing it again changes nothing.
"""

import hashlib
import importlib.util
import os
import shutil
import sys
from pathlib import Path
from typing import Any, Final

import msgspec

from mobile_contract.problems import Refused

DETECTION: Final = "PP-OCRv6_small_det"
RECOGNITION: Final = "PP-OCRv6_small_rec"

#: Name of the file in the wheel, and the SHA-256 of its bytes (rapidocr 3.10).
_SOURCES: Final = {
    DETECTION: ("PP-OCRv6_det_small.onnx", "090f04abcd9d9a7498bc4ebf677e4cb9bdce1fe4197ddb7e529f1ef44e1ff94f"),
    RECOGNITION: ("PP-OCRv6_rec_small.onnx", "6f327246b50388f3c176ae304bd95767ea6dc0c9ae92153ef8cbe210b3c14884"),
}


def seed(folder: Path) -> tuple[Path, ...]:
    """Put the models into ``folder`` and return their folders; raise :class:`Refused` when the wheel lacks them."""
    source = _wheel_models()
    seeded = []
    for model, (file, sha256) in _SOURCES.items():
        target = model_folder(folder, model)
        if not _is_whole(target, sha256):
            _copy(source / file, target, model, sha256)
        seeded.append(target)
    return tuple(seeded)


def check(folder: Path) -> None:
    """Raise :class:`Refused` (``paper.models_missing``) unless every model is there with its pinned digest."""
    for model, (_, sha256) in _SOURCES.items():
        if not _is_whole(model_folder(folder, model), sha256):
            raise Refused("paper.models_missing", folder=str(folder), model=model)


def model_folder(folder: Path, model: str) -> Path:
    """Name the folder of one model the way PaddleX does."""
    return folder / f"{model}_onnx"


def characters(weights: Path) -> list[str]:
    """Read the alphabet that the recogniser carries in its metadata: index 0 of its output is the CTC blank."""
    import onnxruntime

    session = onnxruntime.InferenceSession(str(weights), providers=["CPUExecutionProvider"])
    listed = session.get_modelmeta().custom_metadata_map["character"].split("\n")
    return [*listed, " "]


def _wheel_models() -> Path:
    found = importlib.util.find_spec("rapidocr")  # located, not imported: importing it would load OpenCV
    if found is None or not found.submodule_search_locations:
        raise Refused("paper.models_missing", folder="rapidocr", model="PP-OCRv6")
    return Path(found.submodule_search_locations[0]) / "models"


def _is_whole(folder: Path, sha256: str) -> bool:
    weights = folder / "inference.onnx"
    return weights.is_file() and (folder / "inference.yml").is_file() and _digest(weights) == sha256


def _digest(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def _copy(source: Path, target: Path, model: str, sha256: str) -> None:
    if not source.is_file() or _digest(source) != sha256:
        raise Refused("paper.models_missing", folder=str(source.parent), model=source.name)
    target.mkdir(parents=True, exist_ok=True)
    description = _detection() if model == DETECTION else _recognition(characters(source))
    # JSON is YAML: no YAML writer needed. Both files appear whole or not at all.
    _replace(target / "inference.yml", msgspec.json.encode(description))
    partial = target / "inference.onnx.partial"
    shutil.copyfile(source, partial)
    os.replace(partial, target / "inference.onnx")  # noqa: PTH105 - the rename is the point


def _replace(file: Path, content: bytes) -> None:
    partial = file.with_suffix(".partial")
    partial.write_bytes(content)
    partial.replace(file)


def _detection() -> dict[str, Any]:
    return {
        "Global": {"model_name": DETECTION},
        "PreProcess": {
            "transform_ops": [
                {"DecodeImage": {"channel_first": False, "img_mode": "BGR"}},
                {"DetLabelEncode": None},
                {"DetResizeForTest": {"resize_long": 960}},
                {
                    "NormalizeImage": {
                        "mean": [0.485, 0.456, 0.406],  # ImageNet
                        "std": [0.229, 0.224, 0.225],
                        "order": "hwc",
                        "scale": "1./255.",
                    }
                },
                {"ToCHWImage": None},
                {"KeepKeys": {"keep_keys": ["image", "shape", "polys", "ignore_tags"]}},
            ]
        },
        "PostProcess": {
            "name": "DBPostProcess",
            "thresh": 0.3,
            "box_thresh": 0.6,
            "max_candidates": 1000,
            "unclip_ratio": 1.5,
        },
    }


def _recognition(alphabet: list[str]) -> dict[str, Any]:
    return {
        "Global": {"model_name": RECOGNITION},
        "PreProcess": {
            "transform_ops": [
                {"DecodeImage": {"channel_first": False, "img_mode": "BGR"}},
                {"MultiLabelEncode": {"gtc_encode": "NRTRLabelEncode"}},
                {"RecResizeImg": {"image_shape": [3, 48, 320]}},
                {"KeepKeys": {"keep_keys": ["image", "label_ctc", "label_gtc", "length", "valid_ratio"]}},
            ]
        },
        "PostProcess": {"name": "CTCLabelDecode", "character_dict": alphabet[:-1]},
    }


if __name__ == "__main__":
    for done in seed(Path(sys.argv[1])):
        sys.stdout.write(f"{done}\n")
