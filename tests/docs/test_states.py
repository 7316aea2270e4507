"""The tables of states: what they promise by themselves, that each is drawn, and that the pictures are current."""

import importlib
from enum import StrEnum
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mobile_contract.problems import PROBLEMS, Refused
from mobile_contract.states import AnyTable, Table
from tests.architecture._reader import ROOT
from tests.docs import _states

TABLES = [table for table, _, _ in _states.TABLES]
each_table = pytest.mark.parametrize("table", TABLES, ids=[table.name for table in TABLES])

#: What is final, said once more beside the tables: a row that grows a way out must be meant.
TERMINAL = {
    "parked": {"applied"},
    "conflict": set[str](),
    "review": set[str](),
    "scan": {"arranged", "rejected"},
    "extraction": {"confirmed", "discarded"},
    "duplicate": {"merged", "kept", "moot"},
    "evidence": set[str](),
    "form": {"retired"},
    "job": set[str](),
    "takeaway": set[str](),
}


def kinds(table: AnyTable) -> tuple[type[StrEnum], type[StrEnum]]:
    """Return the enums of a table's states and acts."""
    state = next(state for state in table.rows if state is not None)
    return type(state), type(table.acts()[0])


@each_table
def test_every_state_has_a_row_and_every_act_a_cell(table: AnyTable) -> None:
    states, acts = kinds(table)
    assert {state for state in table.rows if state is not None} == set(states)
    assert set(table.acts()) == set(acts)


@each_table
def test_every_state_can_be_reached(table: AnyTable) -> None:
    assert table.reachable() == set(table.rows)


@each_table
def test_what_is_final_is_final(table: AnyTable) -> None:
    assert {state.value for state in table.terminal()} == TERMINAL[table.name]


@each_table
@settings(deadline=None)  # a busy machine is no fault of a table
@given(data=st.data())
def test_whatever_is_tried_only_the_steps_of_the_table_are_taken(table: AnyTable, data: st.DataObject) -> None:
    state: Any = data.draw(st.sampled_from(table.starts))
    final, acts = table.terminal(), sorted(kinds(table)[1])
    for act in data.draw(st.lists(st.sampled_from(acts), max_size=20)):
        before = state
        if act in table.rows[before]:
            assert table.allows(before, act)
            state = table.step(before, act)
            assert state == table.rows[before][act]
        else:
            assert not table.allows(before, act)
            with pytest.raises(Refused) as refused:
                table.step(before, act)
            assert refused.value.code == table.illegal
            assert refused.value.params == {"state": "none" if before is None else before.value, "act": act.value}
        assert state in table.rows
        assert before not in final or state == before


@each_table
def test_where_an_act_may_be_done_and_where_it_leads_is_what_the_rows_say(table: AnyTable) -> None:
    for act in table.acts():
        sources = table.before(act)
        assert set(sources) == {state for state in table.rows if table.allows(state, act)}
        targets = {table.step(state, act) for state in sources}
        if len(targets) == 1:
            assert {table.after(act)} == targets


def test_an_act_that_leads_to_several_states_has_no_single_one_after_it() -> None:
    class Lamp(StrEnum):
        ON = "on"
        OFF = "off"

    class Press(StrEnum):
        SWITCH = "switch"

    lamp = Table[Lamp, Press](
        name="lamp", starts=(Lamp.OFF,), rows={Lamp.ON: {Press.SWITCH: Lamp.OFF}, Lamp.OFF: {Press.SWITCH: Lamp.ON}}
    )
    with pytest.raises(ValueError, match="unpack"):
        lamp.after(Press.SWITCH)
    assert lamp.illegal == "state.illegal"


@each_table
def test_an_illegal_act_is_a_listed_problem_of_a_request_or_a_receipt(table: AnyTable) -> None:
    assert table.illegal in PROBLEMS


def test_every_table_is_drawn() -> None:
    found = set()
    for file in [*(ROOT / "server").rglob("*.py"), *(ROOT / "sync").rglob("*.py")]:
        if "Table[" in file.read_text("utf-8"):
            module = importlib.import_module(".".join(file.relative_to(ROOT).with_suffix("").parts))
            found |= {value.name for value in vars(module).values() if isinstance(value, Table)}
    assert found == {table.name for table in TABLES}
    assert len(TABLES) == len(found)


def test_the_page_of_states_is_the_one_in_the_code() -> None:
    assert _states.PAGE.read_text("utf-8") == _states.page(), "run: .venv/bin/python -m tests.docs._states"
