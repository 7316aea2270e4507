"""The two languages of the API documents. Words stand beside what they describe, as ``中文 · English``."""

from typing import Any, Final

from litestar.connection import Request

CHINESE: Final = "zh-CN"
ENGLISH: Final = "en"
LANGUAGES: Final = (CHINESE, ENGLISH)
_BETWEEN: Final = "· "


def language_of(request: Request[Any, Any, Any]) -> str:
    """Return the language of an answer: ``?lang=``, else what ``Accept-Language`` begins with, else Chinese."""
    asked: str = request.query_params.get("lang") or request.headers.get("accept-language") or CHINESE
    return ENGLISH if asked.lower().startswith(ENGLISH) else CHINESE


def said(words: str, language: str) -> str:
    """Return one half of ``中文 · English``; empty where that half is missing."""
    chinese, _, english = words.partition(_BETWEEN)
    return english.strip() if language == ENGLISH else chinese.strip()
