"""The words of a text and of a question: pure, and the same for both engines.

Chinese has no spaces, so a run of Chinese characters is taken two by two (bigrams), and its last character alone, so
that each character begins some token: 裂缝 is 裂缝 and 缝. Latin letters and numbers are words as people write them:
``K0+620``, ``DN800``; one that is joined of several by ``~ - _`` counts whole and in its parts. Full-width forms and
capitals make no difference.
"""

import re
import unicodedata
from typing import Final, NamedTuple

#: Characters of a word that is indexed; of longer ones the beginning.
WORD_CHARACTERS: Final = 64
#: Terms of a question; what is beyond is not looked at.
MOST_TERMS: Final = 16
#: Marks a token that is no word: where a record stands and what it is. No text has a word that begins so.
MARK: Final = "@"

_HAN: Final = "々〇㐀-䶿一-鿿豈-﫿\U00020000-\U0003ffff"
_LETTER: Final = f"(?:(?![{_HAN}])[^\\W_])"
_PIECES: Final = re.compile(f"([{_HAN}]+)|({_LETTER}+(?:[+.~_-]{_LETTER}+)*)")
_JOINED: Final = re.compile("[~_-]")


class Term(NamedTuple):
    """One thing asked for: a run of Chinese (``tokens`` its bigrams), one character, or a word."""

    text: str
    tokens: tuple[str, ...]
    prefix: bool = False


def normal(text: str) -> str:
    """Return a text as it is compared and shown: in compatibility form, without NUL."""
    return unicodedata.normalize("NFKC", text.replace("\0", ""))


def tokens(text: str) -> list[str]:
    """Return the tokens of a text, in its order: a phrase of bigrams never reaches beyond its run."""
    found: list[str] = []
    for han, word in _PIECES.findall(normal(text).lower()):
        if han:
            found += [*_bigrams(han), han[-1]]
        else:
            parts = _JOINED.split(word)
            found += [each[:WORD_CHARACTERS] for each in (word, *(parts if len(parts) > 1 else ()))]
    return found


def terms(asked: str) -> tuple[Term, ...]:
    """Return what is asked for; a record is found that has all of it."""
    found = dict.fromkeys(_term(han, word) for han, word in _PIECES.findall(normal(asked).lower()))
    return tuple(found)[:MOST_TERMS]


def _term(han: str, word: str) -> Term:
    if not han:
        return Term(word, (word[:WORD_CHARACTERS],))
    return Term(han, (han,), prefix=True) if len(han) == 1 else Term(han, tuple(_bigrams(han)))


def mark(*what: str) -> str:
    """Return the token that says where a record stands or what it is, as ``@section…``."""
    return MARK + re.sub(r"[^0-9a-z_]", "", "".join(what).lower())


def fts5(marks: list[list[str]], asked: tuple[Term, ...]) -> str:
    """Return the question in SQLite's words: one of each list of marks, and all terms. Everything is quoted."""
    either = (" OR ".join(f'"{each}"' for each in some) for some in marks)
    return " AND ".join([*(f"({each})" for each in either), *map(_fts5_term, asked)])


def _fts5_term(term: Term) -> str:
    return f'"{" ".join(term.tokens)}"{" *" if term.prefix else ""}'


def tsquery(marks: list[list[str]], asked: tuple[Term, ...]) -> str:
    """Return the question in PostgreSQL's words. It knows no order of tokens: phrases are to be looked at again."""
    either = (" | ".join(f"'{each}'" for each in some) for some in marks)
    words = (f"'{token}'{':*' if term.prefix else ''}" for term in asked for token in term.tokens)
    return " & ".join([*(f"({each})" for each in either), *words])


def excerpt(text: str, asked: tuple[Term, ...], around: int) -> str:
    """Return the text around the first term that stands in it, else its beginning, on one line."""
    lower = text.lower()
    places = [lower.find(term.text) for term in asked]
    start = max(min((place for place in places if place >= 0), default=0) - around, 0)
    piece = " ".join(text[start : start + 3 * around].split())
    return f"{'…' if start else ''}{piece}{'…' if start + 3 * around < len(text) else ''}"


def _bigrams(han: str) -> list[str]:
    return [han[at : at + 2] for at in range(len(han) - 1)]
