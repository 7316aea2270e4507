"""The networks: seeded from the installed ``rapidocr`` wheel – nothing is fetched at run time –, or an operator's own.

A model is a folder ``<folder>/<model>_onnx/`` with ``inference.onnx`` beside an ``inference.yml``, as PaddleOCR wants
it; the wheel ships the PP-OCRv6-small networks as bare files. A model folder is code, so its digest is pinned – here
for the small ones, in the settings for an operator's own – and another folder is refused.

``python -m ocr.models DEST`` seeds ``DEST``; doing it again changes nothing.
"""

import hashlib
import importlib.util
import shutil
import sys
from pathlib import Path
from typing import Any, Final, Literal

import msgspec

from mobile_contract.problems import Refused

DETECTION: Final = "PP-OCRv6_small_det"
RECOGNITION: Final = "PP-OCRv6_small_rec"

#: Name of the file in the wheel (rapidocr 3.10), and the digest of the folder that is made of it.
_SHIPPED: Final = {
    DETECTION: ("PP-OCRv6_det_small.onnx", "ae0c8dc08f0de3bacef7564b491d59e85afe64182476a3dc4ffc1cfca85ec9c3"),
    RECOGNITION: ("PP-OCRv6_rec_small.onnx", "6c99165e4cd91369a05ec1097ff2f71d2cc77a1a17fa2b335c620e3046142731"),
}
_FILES: Final = ("inference.onnx", "inference.yml")


class Models(msgspec.Struct, frozen=True, kw_only=True):
    """Which networks to use: their names under ``folder``, and the digests of those that are not the shipped ones."""

    folder: str
    detection: str = DETECTION
    recognition: str = RECOGNITION
    detection_sha256: str = ""
    recognition_sha256: str = ""

    @property
    def detection_folder(self) -> Path:
        """The folder of the network that finds lines."""
        return model_folder(Path(self.folder), self.detection)

    @property
    def recognition_folder(self) -> Path:
        """The folder of the network that reads lines."""
        return model_folder(Path(self.folder), self.recognition)

    def check(self) -> str:
        """Return the names of the networks with the beginning of their digests, as engines are named after them.

        Raises :class:`Refused`: ``paper.models_missing`` or ``paper.own_model_missing`` unless each is there with the
        digest that is pinned, ``paper.model_unpinned`` for an operator's own without one.
        """
        chosen = (
            (self.detection, self.detection_sha256, "OCR_DETECTION_SHA256"),
            (self.recognition, self.recognition_sha256, "OCR_RECOGNITION_SHA256"),
        )
        return "+".join(self._check(model, pinned.lower(), setting) for model, pinned, setting in chosen)

    def _check(self, model: str, pinned: str, setting: str) -> str:
        folder = model_folder(Path(self.folder), model)
        found = digest(folder)
        if model in _SHIPPED:
            if found != _SHIPPED[model][1]:
                raise Refused("paper.models_missing", folder=self.folder, model=model)
        elif not found or (pinned and found != pinned):
            raise Refused("paper.own_model_missing", folder=str(folder), sha256=pinned or "?")
        elif not pinned:
            raise Refused("paper.model_unpinned", model=model, sha256=found, setting=setting)
        return f"{model}@{found[:8]}"


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """An engine by its name, the networks it uses, and how many threads it may take."""

    engine: Literal["paddle", "rapid"] = "paddle"
    models: Models
    threads: int = 2


def seed(folder: Path) -> tuple[Path, ...]:
    """Put the models into ``folder`` and return their folders; raise :class:`Refused` when the wheel lacks them."""
    source = _wheel_models()
    seeded = []
    for model, (file, sha256) in _SHIPPED.items():
        target = model_folder(folder, model)
        if digest(target) != sha256:
            _copy(source / file, target, model, sha256)
        seeded.append(target)
    return tuple(seeded)


def digest(folder: Path) -> str:
    """Return the digest of a model folder, empty when it is not whole.

    It is what ``sha256sum inference.onnx inference.yml | sha256sum`` says there.
    """
    if not all((folder / name).is_file() for name in _FILES):
        return ""
    lines = "".join(f"{_sha256(folder / name)}  {name}\n" for name in _FILES)
    return hashlib.sha256(lines.encode()).hexdigest()


def model_folder(folder: Path, model: str) -> Path:
    """Return the folder of one model, as PaddleX names it."""
    return folder / f"{model}_onnx"


def characters(weights: Path) -> list[str]:
    """Return the alphabet of a recogniser (metadata, or the description beside it), without the CTC blank."""
    import onnxruntime

    session = onnxruntime.InferenceSession(str(weights), providers=["CPUExecutionProvider"])
    listed = session.get_modelmeta().custom_metadata_map.get("character")
    return [*(_described(weights) if listed is None else listed.split("\n")), " "]


def _described(weights: Path) -> list[str]:
    import yaml

    described = yaml.safe_load(weights.with_name("inference.yml").read_text("utf-8"))
    return [str(character) for character in described["PostProcess"]["character_dict"]]


def _wheel_models() -> Path:
    found = importlib.util.find_spec("rapidocr")  # located, not imported: importing it would load OpenCV
    if found is None or not found.submodule_search_locations:
        raise Refused("paper.models_missing", folder="rapidocr", model="PP-OCRv6")
    return Path(found.submodule_search_locations[0]) / "models"


def _sha256(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def _copy(source: Path, target: Path, model: str, sha256: str) -> None:
    """Make a model folder beside its place, and put it there only if it is what it must be."""
    if not source.is_file():
        raise Refused("paper.models_missing", folder=str(source.parent), model=source.name)
    partial = target.with_suffix(".partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    description = _detection() if model == DETECTION else _recognition(characters(source))
    (partial / "inference.yml").write_bytes(msgspec.json.encode(description))  # JSON is YAML: no writer needed
    shutil.copyfile(source, partial / "inference.onnx")
    if digest(partial) != sha256:
        raise Refused("paper.models_missing", folder=str(source.parent), model=source.name)
    shutil.rmtree(target, ignore_errors=True)
    partial.rename(target)


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
