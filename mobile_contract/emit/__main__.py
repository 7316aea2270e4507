"""Rewrites the generated documents beside the contract."""

import sys
from pathlib import Path

from mobile_contract.emit import DOCUMENTS

GENERATED = Path(__file__).parent.parent / "generated"


def main() -> None:
    """Write every document, and say which ones changed."""
    GENERATED.mkdir(exist_ok=True)
    for name, write in DOCUMENTS.items():
        file, text = GENERATED / name, write()
        if not file.exists() or file.read_text("utf-8") != text:
            file.write_text(text, "utf-8")
            sys.stdout.write(f"{name} changed\n")


if __name__ == "__main__":
    main()
