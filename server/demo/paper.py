"""Story 3, its part on paper: print, fill in, photograph badly, read, show what was read, confirm, find."""

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import cv2
import msgspec
import numpy as np

from media.image import decode_page
from mobile_contract.forms import Field, FormDefinition, Repeat, fields_of, repeats_of
from ocr.layout import layout_of
from ocr.sheet import print_sheet
from server.demo.photograph import fill, photograph
from server.demo.stage import PROJECT, Stage, wait_for
from server.demo.tell import Chapter, Teller

STORY_3: Final = "3 王丽"
STEPS: Final = 7
FORM: Final = "payment_application"
#: The words say 328.50 where the figures say 382.50, and the first 0 of the code is the letter O.
ANSWERS: Final = {
    "fields/number": "NZ-ZF-2026-003",
    "fields/applied_on": "2026年11月18日",
    "fields/project_name": str(PROJECT["name"]),
    "fields/project_code": str(PROJECT["code"]),
    "fields/contractor": "江苏宁筑建设有限公司",
    "fields/contractor_usci": "9132O100MA1N8F2K3R",
    "fields/contract_amount": "¥12,680,000.00",
    "fields/completed_value": "3,355,410.62",
    "fields/amount_words": "贰佰陆拾捌万肆仟叁佰贰拾捌元伍角整",
    "fields/amount_figures": "¥2,684,382.50",
    "fields/labour_cost": "612,000.00",
    "fields/items/1/item": "DN800管道安装",
    "fields/items/1/item_unit": "m",
    "fields/items/1/quantity": "42",
    "fields/items/1/unit_price": "1,250.00",
    "fields/responsible": "陈建国",
    "fields/decision": "agree",
}
#: Another one, of a month later, that waits for a clerk at the desk when the demonstration is over.
WAITING: Final = ANSWERS | {
    "fields/number": "NZ-ZF-2026-004",
    "fields/applied_on": "2026年12月18日",
    "fields/contractor_usci": "91320100MA1N8F2K3R",
    "fields/completed_value": "1,204,118.00",
    "fields/amount_words": "玖拾陆万叁仟贰佰玖拾肆元肆角整",
    "fields/amount_figures": "¥963,294.40",
    "fields/labour_cost": "208,500.00",
    "fields/items/1/item": "检查井砌筑",
    "fields/items/1/item_unit": "座",
    "fields/items/1/quantity": "18",
    "fields/items/1/unit_price": "6,850.00",
}
#: What must be proposed of it, in the units of the form (money in 分).
EXPECTED: Final = {
    **{path: text for path, text in ANSWERS.items() if path != "fields/items/1/quantity"},
    "fields/applied_on": "2026-11-18",
    "fields/contract_amount": 1_268_000_000,
    "fields/completed_value": 335_541_062,
    "fields/amount_figures": 268_438_250,
    "fields/labour_cost": 61_200_000,
    "fields/items/1/unit_price": 125_000,
}
USCI: Final = "91320100MA1N8F2K3R"
_SEED: Final = 13
_SECONDS: Final = 180


def story_3(stage: Stage, told: Teller, chapter: Chapter, own: Path | None) -> None:
    """Read a sheet of ours, or the page that was given, and file what the clerk confirms."""
    pictures = stage.folder / "pictures"
    pictures.mkdir(exist_ok=True)
    phone, desk = stage.phones["王丽"], stage.desks["王丽"]
    chapter.step("打印空表")
    form = msgspec.convert(desk.call("GET", f"/v1/forms/{FORM}/1"), FormDefinition)
    page = _own_page(own, pictures) if own else _photographed_sheet(stage, form, pictures)
    chapter.step("扫描并同步")
    media_type = "application/pdf" if page.suffix.lower() == ".pdf" else "image/jpeg"
    sha256 = phone.keep(page, media_type)
    scan = phone.replica.create("scan", stage.section, {"pages": [sha256], "captured": {"at": phone.now()}})
    phone.sync()
    chapter.step("PaddleOCR 识别中")
    read = wait_for(lambda: _read(stage, scan), "the page to be read", _SECONDS)
    if read["server"]["state"] != "read":
        told.expect(STORY_3, "识别完成 · the page was read", False, read["server"].get("problem"))
        return
    phone.sync()
    copy = phone.storage.copy(read["server"]["extraction"])
    told.expect(
        STORY_3, "提取结果经变更流到达手机 · on the phone's feed", copy is not None, read["server"]["extraction"]
    )
    extraction = desk.record(read["server"]["extraction"])
    chapter.step("核对提取结果")
    _keep_pictures(stage, extraction["values"], pictures)
    _show(told, form, extraction["values"])
    if own is None:
        _judge(told, extraction["values"])
        chapter.step("王丽确认,归档,查找")
        _confirm(stage, told, extraction)
        chapter.step("再扫一份,留给资料员")
        _leave_one(stage, told, form, pictures)


def _leave_one(stage: Stage, told: Teller, form: FormDefinition, pictures: Path) -> None:
    """Have another sheet read, and leave it in the queue of the desk."""
    page = _photographed_sheet(stage, form, pictures, WAITING, "待确认-")
    phone = stage.phones["王丽"]
    sha256 = phone.keep(page, "image/jpeg")
    scan = phone.replica.create("scan", stage.section, {"pages": [sha256], "captured": {"at": phone.now()}})
    phone.sync()
    wait_for(lambda: _read(stage, scan), "the other page to be read", _SECONDS)
    queue = stage.desks["王丽"].call("GET", "/v1/scans/queue")
    waiting = [(row["scan"], row["state"]) for row in queue["scans"]]
    told.expect(
        STORY_3, "一份扫描件等待资料员确认 · a scan waits at the desk", waiting == [(scan, "read")], str(waiting)
    )


def _photographed_sheet(
    stage: Stage, form: FormDefinition, pictures: Path, answers: Mapping[str, str] = ANSWERS, name: str = ""
) -> Path:
    serial = answers["fields/number"]
    pdf = print_sheet(form, project=stage.project, project_name=str(PROJECT["name"]), serial=serial)
    (pictures / f"{name}1-空表.pdf").write_bytes(pdf)
    blank = np.ascontiguousarray(decode_page(pdf)[0][:, :, ::-1])
    filled = fill(blank, layout_of(form), 1, answers, _SEED)
    _, png = cv2.imencode(".png", filled)
    (pictures / f"{name}2-填写.png").write_bytes(png.tobytes())
    page = pictures / f"{name}3-拍照.jpg"
    page.write_bytes(photograph(filled, "hard", _SEED).jpeg)
    return page


def _own_page(own: Path, pictures: Path) -> Path:
    if not own.is_file():
        raise SystemExit(f"{own}: 没有这个文件 · there is no such file")
    return Path(shutil.copy(own, pictures / f"3-{own.name}"))


def _read(stage: Stage, scan: str) -> dict[str, Any] | None:
    found = stage.desks["王丽"].record(scan)
    return found if found["server"]["state"] in ("read", "failed") else None


def _keep_pictures(stage: Stage, values: dict[str, Any], pictures: Path) -> None:
    desk = stage.desks["王丽"]
    for number, sha256 in enumerate(values.get("rectified", ()), start=1):
        (pictures / f"4-校正-{number}.jpg").write_bytes(desk.blob(sha256))
    for number, sha256 in enumerate(values.get("boxed", ()), start=1):
        (pictures / f"5-校正与标注-{number}.png").write_bytes(desk.blob(sha256))


def _show(told: Teller, form: FormDefinition, values: dict[str, Any]) -> None:
    labels = {f"fields/{field.name}": field.label["zh-CN"] for field in fields_of(form)}
    tables = {repeat.name: repeat for repeat in repeats_of(form)}
    money = {
        field.name
        for field in (*fields_of(form), *(cell for repeat in tables.values() for cell in repeat.fields))
        if field.unit == "CNY_FEN"
    }
    rows = [
        (
            _label(item["path"], labels, tables),
            _shown(item, money),
            f"{item['confidence'] / 10:.1f} %",
            " ".join(map(str, item["box"])),
        )
        for item in values.get("fields", ())
    ]
    told.table("识别出的字段 · proposed fields", ("字段", "建议值", "把握", "位置 (px, 200 dpi)"), rows)
    flags = [
        (
            flag["code"],
            "、".join(_label(path, labels, tables) for path in flag.get("paths", ())),
            str(flag.get("suggestion", "")) or ";".join(f"{k} {v}" for k, v in flag.get("params", {}).items()),
        )
        for flag in values.get("flags", ())
    ]
    told.table("需要人看的 · flags", ("标记", "字段", "建议 / 对照"), flags)


def _shown(item: dict[str, Any], money: set[str]) -> str:
    value = item.get("value", "")
    is_money = item["path"].rsplit("/", 1)[1] in money and isinstance(value, int)
    return f"¥{value // 100:,}.{value % 100:02d}" if is_money else str(value)


def _label(path: str, labels: dict[str, str], tables: dict[str, Repeat]) -> str:
    if path in labels:
        return labels[path]
    _, table, row, name = [*path.split("/"), "", "", ""][:4]
    if table not in tables:
        return path
    cells: dict[str, Field] = {field.name: field for field in tables[table].fields}
    return f"第 {row} 行 {cells[name].label['zh-CN'] if name in cells else name}"


def _judge(told: Teller, values: dict[str, Any]) -> None:
    proposed = {item["path"]: item.get("value") for item in values["fields"]}
    wrong = [path for path, value in EXPECTED.items() if proposed.get(path) != value]
    right = len(EXPECTED) - len(wrong)
    told.expect(STORY_3, "字段全部读对 · every field is right", not wrong, f"{right}/{len(EXPECTED)} {' '.join(wrong)}")
    flags = {flag["code"]: flag for flag in values["flags"]}
    mismatch = flags.get("paper.amount_mismatch")
    told.expect(
        STORY_3,
        "大写≠小写被标出 · words and figures differ",
        mismatch is not None,
        "" if mismatch is None else " / ".join(mismatch["params"].values()),
    )
    letter = flags.get("paper.identifier_confusable", {})
    kept = proposed.get("fields/contractor_usci")
    told.expect(
        STORY_3,
        "O→0 只是建议,不擅改 · O→0 suggested, not applied",
        letter.get("suggestion") == USCI and kept == ANSWERS["fields/contractor_usci"],
        f"{kept} → {letter.get('suggestion')}",
    )


def _confirm(stage: Stage, told: Teller, extraction: dict[str, Any]) -> None:
    desk = stage.desks["王丽"]
    search = {"number": "NZ-ZF-2026-003", "date": "2026-11-18", "person": "陈建国"}
    before = desk.call("GET", "/v1/reports", number=search["number"])
    told.expect(STORY_3, "确认前没有归档 · nothing filed before", before == [], f"{len(before)} 份")
    body = {"corrections": {"fields/contractor_usci": USCI}}
    confirmed = desk.call("POST", f"/v1/extractions/{extraction['id']}/confirm", body)
    again = desk.call("POST", f"/v1/extractions/{extraction['id']}/confirm", body)
    told.expect(STORY_3, "重复确认仍是同一份 · confirming twice files one", again == confirmed, confirmed["report"])
    found = {
        name: [item["id"] for item in desk.call("GET", "/v1/reports", form=FORM, **{name: value})]
        for name, value in search.items()
    }
    told.expect(
        STORY_3,
        "可按编号、日期、责任人查到 · found by number, date, person",
        all(ids == [confirmed["report"]] for ids in found.values()),
        "、".join(f"{name} {len(ids)}" for name, ids in found.items()),
    )
    filed = desk.record(confirmed["report"])
    told.expect(
        STORY_3,
        "代码按建议改正,金额两种写法都照原样 · code corrected, both amounts as written",
        filed["values"]["fields"]["contractor_usci"] == USCI
        and filed["values"]["fields"]["amount_words"] == ANSWERS["fields/amount_words"]
        and filed["values"]["fields"]["amount_figures"] == 268_438_250,
        filed["values"]["fields"]["contractor_usci"],
    )
