"""Recomputes what a form computes: pure, exact, and always the same answer for the same fields.

A computed field that cannot be had – an operand is missing, or is no number at all – is simply absent; nothing here
raises on what people wrote. What the closed set of expressions means is defined in ``mobile_contract.forms``.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from mobile_contract.forms import (
    Arithmetic,
    Compare,
    Days,
    Expression,
    Field,
    FieldType,
    FormDefinition,
    If,
    Literal,
    Logic,
    Ref,
    Repeat,
    Round,
    Selected,
    Sum,
    fields_of,
    repeats_of,
)
from mobile_contract.values import Value, Values
from server.forms.exact import BadOperand, arithmetic, compare, day, missing, number, rounded, stored

#: Where an expression is evaluated: a row of a repeat, by its id, or (None) the report itself.
Place = tuple[Repeat, str] | None


#: Steps – operators, names, literals – that computing one report may take: a second or so of a processor. The longest
#: reports that people file take some thousands.
MAX_STEPS: Final = 200_000


class TooManySteps(Exception):
    """Computing a report takes more than ``limit`` steps."""

    def __init__(self, limit: int) -> None:
        super().__init__(limit)
        self.limit = limit


def recompute(form: FormDefinition, fields: Values, steps: int = MAX_STEPS) -> Values:
    """Return ``fields`` with every computed field of ``form`` computed anew, in the report and in each row.

    What ``fields`` held under those names is not looked at; a field without a result is absent from the answer.
    Everything else, unknown names included, is kept as it is. The input is not changed. Raise :class:`TooManySteps`.
    """
    run = Evaluation(form, fields, steps)
    result = run.with_results(fields, run.computed.values(), None)
    for name, columns in run.columns.items():
        rows = fields.get(name)
        if columns and isinstance(rows, dict):
            repeat = run.repeats[name]
            result[name] = {
                key: run.with_results(row, columns.values(), (repeat, key)) if isinstance(row, dict) else row
                for key, row in rows.items()
            }
    return result


@dataclass(frozen=True, slots=True)
class _Plan:
    """What of a form every evaluation needs: its repeats, and what is computed outside and inside them, by name."""

    form: FormDefinition
    repeats: dict[str, Repeat]
    computed: dict[str, Field]
    columns: dict[str, dict[str, Field]]


#: Plans by the identity of their form, which each keeps alive: walking a form costs more than computing it.
_PLANS: Final[dict[int, _Plan]] = {}
_MAX_PLANS: Final = 256


def _plan(form: FormDefinition) -> _Plan:
    plan = _PLANS.get(id(form))
    if plan is None:
        repeats = {repeat.name: repeat for repeat in repeats_of(form)}
        columns = {name: _computed(repeat.fields) for name, repeat in repeats.items()}
        plan = _Plan(form, repeats, _computed(fields_of(form)), columns)
        if len(_PLANS) >= _MAX_PLANS:
            _PLANS.clear()
        _PLANS[id(form)] = plan
    return plan


class Evaluation:
    """The evaluation of one report.

    Computed fields are worked out when first asked for – so in the order of their dependencies – and then remembered.
    Compiling bounds how long such a chain can be.
    """

    def __init__(self, form: FormDefinition, fields: Values, steps: int = MAX_STEPS) -> None:
        plan = _plan(form)
        self._steps = self._left = steps
        self.fields = fields
        self.repeats = plan.repeats
        self.computed = plan.computed
        self.columns = plan.columns
        self._results: dict[tuple[str, str, str], Value | BadOperand] = {}

    def with_results(self, values: Values, computed: Iterable[Field], place: Place) -> Values:
        """Return a copy of ``values`` with these fields computed."""
        result = dict(values)
        for field in computed:
            value = self._result(field, place)
            if value is None or isinstance(value, BadOperand):
                result.pop(field.name, None)
            else:
                result[field.name] = value
        return result

    def holds(self, condition: Expression, place: Place = None) -> bool:
        """Return whether a condition holds; with a bad operand it does not."""
        try:
            return self.evaluate(condition, place) is True
        except BadOperand:
            return False

    def rows(self, repeat: Repeat) -> Iterator[str]:
        """List the ids of the rows of a repeat, passing over what is no row."""
        rows = self.fields.get(repeat.name)
        if isinstance(rows, dict):
            yield from (key for key, row in rows.items() if isinstance(row, dict))

    def ref(self, name: str, place: Place) -> Value:
        """Return the value of a name seen from ``place``: of the row first, then the report. Raises ``BadOperand``."""
        if place is not None and any(field.name == name for field in place[0].fields):
            repeat, key = place
            computed = self.columns[repeat.name].get(name)
            value = self.fields[repeat.name][key].get(name) if computed is None else self._result(computed, place)
        else:
            computed = self.computed.get(name)
            value = self.fields.get(name) if computed is None else self._result(computed, None)
        if isinstance(value, BadOperand):
            raise value
        return None if missing(value) else value

    def _result(self, field: Field, place: Place) -> Value | BadOperand:
        where = (field.name, *((place[0].name, place[1]) if place else ("", "")))
        if where not in self._results:
            self._results[where] = BadOperand("a circle")  # stands only while it is being worked out
            self._results[where] = self._work_out(field, place)
        return self._results[where]

    def _work_out(self, field: Field, place: Place) -> Value | BadOperand:
        try:
            result = None if field.computed is None else self.evaluate(field.computed, place)
            return None if result is None else stored(field, result)
        except BadOperand as bad:
            return bad

    def evaluate(self, expression: Expression, place: Place) -> Value:
        """Return the value: a ``Decimal``, a text, a boolean, a list or None.

        Raise :class:`BadOperand`, and :class:`TooManySteps`.
        """
        self._left -= 1
        if self._left < 0:
            raise TooManySteps(self._steps)
        return _EVALUATE[type(expression)](self, expression, place)

    def numbers(self, operands: Iterable[Expression], place: Place) -> list[Decimal | None]:
        """Return the values of operands that must be numbers. Raises :class:`BadOperand`."""
        return [number(self.evaluate(operand, place)) for operand in operands]


def _computed(fields: Iterable[Field]) -> dict[str, Field]:
    return {field.name: field for field in fields if field.computed is not None}


def _literal(_run: Evaluation, literal: Literal, _place: Place) -> Value:
    if literal.type in (FieldType.INTEGER, FieldType.DECIMAL):
        return number(literal.value)
    return None if missing(literal.value) else literal.value


def _ref(run: Evaluation, ref: Ref, place: Place) -> Value:
    return run.ref(ref.name, place)


_ZERO: Final = Decimal(0)


def _sum(run: Evaluation, total: Sum, _place: Place) -> Value:
    repeat = run.repeats.get(total.repeat)
    if repeat is None:
        raise BadOperand
    found = [number(run.evaluate(total.item, (repeat, key))) for key in run.rows(repeat)]
    return arithmetic("+", [_ZERO, *[item for item in found if item is not None]])


def _arithmetic(run: Evaluation, expression: Arithmetic, place: Place) -> Value:
    operands = run.numbers(expression.operands, place)
    present = [operand for operand in operands if operand is not None]
    return arithmetic(expression.operator, present) if len(present) == len(operands) else None


def _round(run: Evaluation, expression: Round, place: Place) -> Value:
    item = number(run.evaluate(expression.item, place))
    return None if item is None else rounded(item, expression.places)


def _days(run: Evaluation, days: Days, place: Place) -> Value:
    start, end = day(run.evaluate(days.start, place)), day(run.evaluate(days.end, place))
    return None if start is None or end is None else Decimal((end - start).days)


def _compare(run: Evaluation, expression: Compare, place: Place) -> Value:
    left, right = run.evaluate(expression.left, place), run.evaluate(expression.right, place)
    return compare(expression.operator, expression.type, left, right)


def _logic(run: Evaluation, logic: Logic, place: Place) -> Value:
    truths = [run.evaluate(operand, place) is True for operand in logic.operands]
    if logic.operator == "not":
        return not truths[0]
    return all(truths) if logic.operator == "and" else any(truths)


def _selected(run: Evaluation, selected: Selected, place: Place) -> Value:
    chosen = run.ref(selected.name, place)
    return selected.choice in chosen if isinstance(chosen, list) else chosen == selected.choice


def _if(run: Evaluation, expression: If, place: Place) -> Value:
    holds = run.evaluate(expression.condition, place) is True
    return run.evaluate(expression.then if holds else expression.otherwise, place)


#: What each member of the closed set does.
_EVALUATE: Final[dict[type, Callable[[Evaluation, Any, Place], Value]]] = {
    Literal: _literal,
    Ref: _ref,
    Sum: _sum,
    Arithmetic: _arithmetic,
    Round: _round,
    Days: _days,
    Compare: _compare,
    Logic: _logic,
    Selected: _selected,
    If: _if,
}
