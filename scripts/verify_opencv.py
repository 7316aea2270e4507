"""Prove that ``cv2/`` holds the headless build whole: it starts on a machine without libGL, and PaddleX is content.

Two distributions write into that folder and the last one wins. The RECORD of the headless one lists the SHA-256 of
each of its files; every one of them must be what lies on the disk. Prints one line; exit status 1 says what is wrong.
"""

import base64
import hashlib
import sys
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

HEADLESS = "opencv-python-headless"
CONTRIB = "opencv-contrib-python"


def altered(headless: Distribution) -> list[str]:
    """List the files of the distribution that are missing or are not its own."""
    found = []
    for file in headless.files or ():
        if file.hash is None or file.suffix == ".pyc":
            continue
        path = Path(file.locate())
        digest = hashlib.new(file.hash.mode, path.read_bytes()).digest() if path.exists() else b""
        if base64.urlsafe_b64encode(digest).rstrip(b"=").decode() != file.hash.value:
            found.append(str(file))
    return found


def main() -> int:
    """Look, and say what was seen."""
    try:
        headless, contrib = distribution(HEADLESS), distribution(CONTRIB)
    except PackageNotFoundError as error:
        sys.stderr.write(f"{error.name} is not installed\n")
        return 1
    if wrong := altered(headless):
        sys.stderr.write(f"not of {HEADLESS}: {', '.join(wrong[:5])}\n")
        return 1
    import cv2

    sys.stdout.write(f"cv2 {cv2.__version__} is {HEADLESS} {headless.version}; {CONTRIB} {contrib.version} is known\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
