"""Where the two fonts lie that come with Plumbline: for paper, and for the captions of photographs."""

from pathlib import Path
from typing import Final

FONTS: Final = Path(__file__).parent
TEXT: Final = FONTS / "PlumblineText-Regular.otf"
HAND: Final = FONTS / "PlumblineHand-Regular.ttf"
