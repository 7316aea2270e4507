"""What changed in a form between two versions, field by field, in sentences of both languages."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any, Final

import msgspec

from mobile_contract import forms
from mobile_contract.forms import Field, FormChange, FormDefinition, FormDifference, Group, Item, Label, Note, Repeat
from server.forms.columns import CHINESE

#: What people call each attribute: zh-CN, en.
ASPECTS: Final[Mapping[str, tuple[str, str]]] = {
    "kind": ("种类", "kind"),
    "group": ("所在分组", "group"),
    "label": ("标签", "label"),
    "hint": ("提示", "hint"),
    "type": ("题型", "type"),
    "required": ("必填", "required"),
    "unit": ("单位", "unit"),
    "scale": ("小数位数", "decimal places"),
    "choices": ("选项列表", "list of choices"),
    "means": ("含义", "meaning"),
    "vocabulary": ("词表", "vocabulary"),
    "merge": ("合并方式", "merged by"),
    "carry": ("同昨日", "carried over"),
    "computed": ("计算", "calculation"),
    "phone_only": ("手机端计算", "calculation on the phone"),
    "relevant": ("显示条件", "asked when"),
    "constraint": ("约束", "constraint"),
    "paper_width": ("纸面宽度", "width on paper"),
    "paper_lines": ("纸面行数", "lines on paper"),
    "paper_cells": ("纸面格数", "cells on paper"),
    "paper_rows": ("纸面表格行数", "rows on paper"),
    "paper_across": ("纸面并列行数", "rows side by side on paper"),
    "row_key": ("行的键", "key of a row"),
    "title": ("标题", "title"),
    "unique_by": ("唯一键", "natural key"),
}
_KINDS: Final = {
    "field": ("题目", "question"),
    "note": ("说明", "note"),
    "group": ("分组", "group"),
    "repeat": ("表格", "table"),
    "choice": ("选项", "choice"),
    "form": ("表单", "form"),
}
_CHANGES: Final = {"added": ("新增", "Added"), "removed": ("删除", "Removed"), "moved": ("移动", "Moved")}
#: What a struct holds that is compared as parts of their own, or is a name and so the path.
_NOT_COMPARED: Final = frozenset({"name", "items", "fields"})


@dataclass(frozen=True, slots=True)
class _Part:
    """A part of a form: what it is, what it is called, and the attributes that may change."""

    kind: str
    label: Label
    attributes: Mapping[str, Any]


def difference(earlier: FormDefinition, later: FormDefinition) -> FormDifference:
    """Return what differs between two versions: what was removed last, all else in the order of the later one."""
    before, after = dict(_parts(earlier)), dict(_parts(later))
    moved = _moved(list(before), list(after))
    changes: list[FormChange] = []
    for path, part in after.items():
        if path not in before:
            changes.append(_whole("added", path, part))
            continue
        if path in moved:
            changes.append(_whole("moved", path, part))
        changes.extend(_changed(path, before[path], part))
    changes.extend(_whole("removed", path, part) for path, part in before.items() if path not in after)
    return FormDifference(form=later.id, earlier=earlier.version, later=later.version, changes=tuple(changes))


def _parts(form: FormDefinition) -> Iterator[tuple[str, _Part]]:
    yield "", _Part("form", form.title, {"title": form.title, "unique_by": list(form.unique_by)})
    yield from _items(form.items, "", None)
    for offered, choices in form.choices.items():
        for choice in choices:
            yield f"choices/{offered}/{choice.name}", _Part("choice", choice.label, {"label": choice.label})


def _items(items: tuple[Item, ...], prefix: str, group: str | None) -> Iterator[tuple[str, _Part]]:
    for item in items:
        path = prefix + item.name
        kind = next(name for name, of in _OF.items() if isinstance(item, of))
        yield path, _Part(kind, item.label, {"kind": kind, "group": group, **_attributes(item)})
        if isinstance(item, Group):
            yield from _items(item.items, prefix, item.name)
        elif isinstance(item, Repeat):
            yield from _items(item.fields, f"{path}/", None)


_OF: Final[Mapping[str, type]] = {"field": Field, "note": Note, "group": Group, "repeat": Repeat}


def _attributes(item: Item) -> dict[str, Any]:
    names = (name for name in item.__struct_fields__ if name not in _NOT_COMPARED)
    return {name: msgspec.to_builtins(getattr(item, name)) for name in names}


def _moved(before: list[str], after: list[str]) -> set[str]:
    """Return the parts that moved among those both have: the fewest whose moving explains the new order."""
    both = set(before) & set(after)
    old, new = [path for path in before if path in both], [path for path in after if path in both]
    stayed = SequenceMatcher(None, old, new, autojunk=False).get_matching_blocks()
    return set(new) - {path for block in stayed for path in new[block.b : block.b + block.size]}


def _whole(change: str, path: str, part: _Part) -> FormChange:
    zh = f"{_CHANGES[change][0]}{_KINDS[part.kind][0]} {_called(path, part, CHINESE)}"
    en = f"{_CHANGES[change][1]} {_KINDS[part.kind][1]} {_called(path, part, 'en')}"
    return FormChange(path=path, change=change, said={CHINESE: zh, "en": en})


def _changed(path: str, before: _Part, after: _Part) -> Iterator[FormChange]:
    for aspect in dict.fromkeys((*before.attributes, *after.attributes)):
        old, new = before.attributes.get(aspect), after.attributes.get(aspect)
        if old == new:
            continue
        sentences = {
            language: f"{_called(path, after, language)}: {name} {_words(old, language)} → {_words(new, language)}"
            for language, name in zip((CHINESE, "en"), ASPECTS[aspect], strict=True)
        }
        yield FormChange(path=path, change="changed", aspect=aspect, before=old, after=new, said=sentences)


def _called(path: str, part: _Part, language: str) -> str:
    name = part.label.get(language) or part.label.get(CHINESE, "")
    return f"“{name}” ({path})" if path else f"“{name}”"


def _words(value: Any, language: str) -> str:
    """Return an attribute's value (as JSON has it) in words."""
    none, no, yes = ("无", "否", "是") if language == CHINESE else ("none", "no", "yes")
    if value is None or value in ("", {}, []):
        return none
    if isinstance(value, bool):
        return yes if value else no
    if isinstance(value, dict):
        return _composed(value, language)
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _composed(value: dict[str, Any], language: str) -> str:
    if "op" in value:
        return _formula(msgspec.convert(value, forms.Expression))
    if "xpath" in value:
        message = value.get("message")
        return f"{value['xpath']} ({_words(message, language)})" if message else str(value["xpath"])
    return " / ".join(map(str, value.values()))


def _formula(expression: forms.Expression) -> str:
    """Return an expression of the closed set as an author would write it."""
    return _WRITTEN[type(expression)](expression)


def _joined(expression: forms.Arithmetic | forms.Logic) -> str:
    operator, parts = expression.operator, [_formula(part) for part in expression.operands]
    return f"({f' {operator} '.join(parts)})" if len(parts) > 1 else f"{operator}({parts[0]})"


_WRITTEN: Final[Mapping[type, Callable[[Any], str]]] = {
    forms.Literal: lambda it: msgspec.json.encode(it.value).decode(),
    forms.Ref: lambda it: str(it.name),
    forms.Sum: lambda it: f"sum({it.repeat}: {_formula(it.item)})",
    forms.Arithmetic: _joined,
    forms.Logic: _joined,
    forms.Compare: lambda it: f"{_formula(it.left)} {it.operator} {_formula(it.right)}",
    forms.Selected: lambda it: f"selected({it.name}, {it.choice})",
    forms.If: lambda it: f"if({_formula(it.condition)}, {_formula(it.then)}, {_formula(it.otherwise)})",
    forms.Days: lambda it: f"days({_formula(it.start)}, {_formula(it.end)})",
    forms.Round: lambda it: f"round({_formula(it.item)}, {it.places})",
}
