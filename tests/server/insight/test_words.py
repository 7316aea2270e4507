"""Words of texts and questions, on both engines, against a naive oracle."""

import re
import unicodedata
from collections.abc import AsyncIterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from server.insight import index, words
from server.insight.texts import Entry
from server.kernel.clock import new_id
from server.kernel.database import Database
from sync.state import Record

pytestmark = pytest.mark.anyio

SCOPE = "section:01979f3a-5c00-7b52-9c41-0e7a35d1c2f4"
OTHER = "section:01979f3a-5c00-7b52-9c41-0e7a35d1c2f5"
HAN = "裂缝开隙混凝土方"
PIECES = st.lists(
    st.one_of(
        st.text(alphabet=HAN, min_size=1, max_size=5),
        st.sampled_from(["K0+620", "k0+620~k0+640", "DN800", "2026-11-18", "12.5", "C30", "img_2041.jpg"]),
        st.sampled_from(
            [",", " ", "。", "“", "'", '"', "*", "(", ")", "\\", ":", "|", "&", "!", "%", "_", "-", "~", "+", "@"]
        ),
    ),
    max_size=8,
).map("".join)


def found_by_the_naive(text: str, asked: str) -> bool | None:
    """Whether a text has all that is asked for; None: nothing is asked for."""
    text, asked = (unicodedata.normalize("NFKC", each).lower() for each in (text, asked))
    joined = r"[a-z0-9]+(?:[+.~_\-][a-z0-9]+)*"
    there = set(re.findall(joined, text))
    there |= {part for word in there for part in re.split("[~_-]", word)}
    runs, wanted = re.findall(rf"[{HAN}]+", asked), re.findall(joined, asked)
    if not runs and not wanted:
        return None
    return all(run in text for run in runs) and all(word in there for word in wanted)


@pytest.fixture
async def db(database_url: str) -> AsyncIterator[Database]:
    opened = Database(database_url)
    yield opened
    await opened.close()


async def put(db: Database, text: str, scope: str = SCOPE) -> str:
    record = Record(
        kind="report", id=new_id(), scope=scope, rev=1, seq=1, digest="", values={}, server={}, deleted=False
    )
    entry = Entry(at="2026-11-18T07:20:00.000Z", texts=[text])
    await db.write(lambda tx: index.put(tx, record, entry, ()))
    return record.id


async def find(db: Database, asked: str, *scopes: str) -> list[str]:
    looked_in, terms = list(scopes or [SCOPE]), words.terms(asked)
    marks = [[words.mark(scope) for scope in looked_in]]
    questions = {"sqlite": words.fts5(marks, terms), "postgresql": words.tsquery(marks, terms)}
    phrases = [term.text for term in terms if len(term.tokens) > 1]
    rows = await db.read(lambda tx: index.find(tx, questions, phrases, looked_in, [], (None, 200)))
    return [row.record for row in rows]


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(texts=st.lists(PIECES, min_size=1, max_size=4), asked=PIECES)
async def test_both_engines_find_what_the_naive_finds(db: Database, texts: list[str], asked: str) -> None:
    await db.write(lambda tx: index.clear(tx, SCOPE))
    put_down = {await put(db, text): text for text in texts}
    if words.terms(asked):
        expected = {record for record, text in put_down.items() if found_by_the_naive(text, asked)}
        assert set(await find(db, asked)) == expected
    else:
        assert found_by_the_naive("", asked) is None


@pytest.mark.parametrize(
    ("text", "asked", "there"),
    [
        ("桥墩出现裂缝", "裂", True),
        ("墙面开裂", "裂", True),
        ("墙面开裂", "裂缝", False),
        ("混凝土,土方", "凝土土方", False),
        ("混凝土浇筑", "凝土浇", True),
        ("混凝 凝土", "混凝土", False),
        ("K0+560~K0+640 沟槽", "K0+640", True),
        ("K0+620", "K0", False),
        ("DN800管道", "dn800", True),
        ("DN800管道", "DN80", False),
        ("现场照片_0412.jpg", "0412.jpg", True),
        ("Ｃ30", "C30", True),
        ("a" * 80, "a" * 80, True),
    ],
)
async def test_chinese_stands_as_it_stands_and_words_are_whole(
    db: Database, text: str, asked: str, there: bool
) -> None:
    record = await put(db, text)
    assert (record in await find(db, asked)) is there


async def test_a_question_of_many_scopes_is_one_question(db: Database) -> None:
    mine, theirs = await put(db, "裂缝"), await put(db, "裂缝", OTHER)
    many = [SCOPE, *(f"section:{new_id()}" for _ in range(1500))]
    assert await find(db, "裂缝", *many) == [mine]
    assert await find(db, "裂缝", OTHER) == [theirs]
    assert await find(db, "@section01979f3a5c007b529c410e7a35d1c2f5", SCOPE) == []


async def test_what_came_in_the_same_millisecond_has_places_of_its_own(db: Database) -> None:
    ids = {await put(db, "同一时刻的裂缝") for _ in range(30)}
    assert set(await find(db, "裂缝")) == ids
