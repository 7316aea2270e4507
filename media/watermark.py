"""The captioned copy of a photograph (水印照片): when, where, who and for what, set into its lower left corner.

White on a dark veil reads on a bright sky and in a dark shaft alike. What is drawn is a copy; the original stays.
"""

from pathlib import Path
from typing import Final

from PIL import Image, ImageDraw, ImageFont

from media.caption import Caption

#: Longest side of a copy; a smaller picture is enlarged to ``_SMALLEST``, so that its caption can be read.
SIDE: Final = 2048
QUALITY: Final = 85
_SMALLEST: Final = 1024

_VEIL: Final = (14, 20, 27, 180)
_AMBER: Final = (255, 186, 32, 255)
_WHITE: Final = (255, 255, 255, 255)
_GREY: Final = (198, 206, 214, 255)
_RULE: Final = (255, 255, 255, 70)

_LINES: Final = 3
_LONGEST: Final = 400
#: A letter as a part of the picture's longer side; what the veil may cover of its height; how wide it is, in letters.
_LETTER: Final = 0.0165
_COVER: Final = 0.55
_LETTERS: Final = (20, 29)

_Font = ImageFont.FreeTypeFont


def draw(picture: Image.Image, caption: Caption, font: Path) -> Image.Image:
    """Return an upright RGB picture with its caption. Where it would cover too much, it stands below the picture."""
    picture = _enlarged(picture)
    letter = round(max(picture.size) * _LETTER)
    least, most = (round(letter * letters) for letters in _LETTERS)
    veil = _Veil(caption, font, letter, max(least, min(most, picture.width - 2 * letter)))
    needed = veil.width + 2 * letter, veil.height + 2 * letter
    if needed[0] > picture.width or needed[1] > picture.height * _COVER:
        canvas = Image.new("RGB", (max(picture.width, needed[0]), picture.height + needed[1]), _VEIL[:3])
        canvas.paste(picture, ((canvas.width - picture.width) // 2, 0))
    else:
        canvas = picture.copy()
    canvas.paste(veil.image, (letter, canvas.height - letter - veil.height), veil.image)
    return canvas


def _enlarged(picture: Image.Image) -> Image.Image:
    longest = max(picture.size)
    if longest >= _SMALLEST:
        return picture
    width, height = (max(1, round(side * _SMALLEST / longest)) for side in picture.size)
    return picture.resize((width, height), Image.Resampling.BICUBIC)


class _Veil:
    """The dark panel with its text. It is laid out from the top, first to know its size, then to be drawn."""

    def __init__(self, caption: Caption, font: Path, letter: int, width: int) -> None:
        self._letter = letter
        self._pad = round(letter * 0.9)
        self._text = _face(font, letter)
        self._title = _face(font, letter * 1.12)
        self._clock = _face(font, letter * 2.7)
        self._small = _face(font, letter * 0.78)
        self._left = self._pad + round(letter * 0.55)
        self._label = round(max((self._text.getlength(label) for label, _ in caption.rows), default=0) + letter * 0.8)
        inner = width - self._left - self._pad
        self._titles = _wrapped(caption.title, self._title, inner)
        self._rows = [(label, _wrapped(value, self._text, inner - self._label)) for label, value in caption.rows]
        self._caption = caption
        self.width = min(width, self._left + self._pad + self._widest())
        self.height = self._lay(None)
        self.image = Image.new("RGBA", (self.width, self.height), (0, 0, 0, 0))
        self._lay(ImageDraw.Draw(self.image))

    def _widest(self) -> int:
        clock = self._clock.getlength(self._caption.time) + self._letter * 0.8
        lengths = [
            clock + max(self._text.getlength(part) for part in self._caption.date.split(" ")),
            *(self._title.getlength(line) for line in self._titles),
            *(self._label + self._text.getlength(line) for _, lines in self._rows for line in lines),
            self._small.getlength(self._caption.mark),
        ]
        return round(max(lengths)) + 1

    def _lay(self, pen: ImageDraw.ImageDraw | None) -> int:
        letter, left, top = self._letter, self._left, self._pad
        if pen is not None:
            frame = (0, 0, self.width - 1, self.height - 1)
            pen.rounded_rectangle(frame, radius=letter * 0.6, fill=_VEIL)
            bar = (self._pad * 0.55, self._pad, self._pad * 0.55 + letter * 0.24, self.height - self._pad)
            pen.rounded_rectangle(bar, radius=letter * 0.12, fill=_AMBER)
            end = left + self._clock.getlength(self._caption.time) + letter * 0.8
            pen.text(
                (left, top + letter * 2.35), self._caption.time, _WHITE, self._clock, "ls", stroke_width=letter / 48
            )
            date, _, day = self._caption.date.partition(" ")
            pen.text((end, top + letter * 1.08), date, _WHITE, self._text, "ls")
            pen.text((end, top + letter * 2.35), day, _AMBER, self._text, "ls")
        top += round(letter * 2.9)
        if pen is not None:
            pen.line((left, top, self.width - self._pad, top), _RULE, max(1, letter // 16))
        top += round(letter * 0.6)
        for line in self._titles:
            _put(pen, (left, top), line, _WHITE, self._title, stroke=letter / 48)
            top += round(letter * 1.7)
        top += round(letter * 0.15)
        for label, lines in self._rows:
            _put(pen, (left, top), label, _GREY, self._text)
            for line in lines:
                _put(pen, (left + self._label, top), line, _WHITE, self._text)
                top += round(letter * 1.48)
        top += round(letter * 0.2)
        _put(pen, (left, top), self._caption.mark, _GREY, self._small)
        return top + round(letter * 1.05) + self._pad


def _put(
    pen: ImageDraw.ImageDraw | None,
    place: tuple[float, float],
    text: str,
    colour: tuple[int, ...],
    face: _Font,
    stroke: float = 0,
) -> None:
    if pen is not None:
        pen.text(place, text, colour, face, "la", stroke_width=stroke)


def _face(font: Path, size: float) -> _Font:
    # Without the shaping engine: Chinese needs none, and untrusted text reaches one parser less.
    return ImageFont.truetype(str(font), round(size), layout_engine=ImageFont.Layout.BASIC)


def _wrapped(text: str, face: _Font, width: float) -> list[str]:
    """Return a text as lines that fit, broken between any two letters; the rest is an ellipsis on the last one."""
    shown = "".join(letter if letter.isprintable() else " " for letter in text[:_LONGEST])
    lines, line = [], ""
    for letter in shown:
        if line and face.getlength(line + letter) > width:
            lines.append(line.rstrip())
            line = ""
        line += letter if line or letter != " " else ""
    lines.append(line)
    if len(lines) > _LINES or len(text) > _LONGEST:
        lines = lines[:_LINES]
        lines[-1] = lines[-1][:-1] + "…"
    return lines
