"""Stories 1 and 2 of the trade, told with real phones, and asked of the server afterwards."""

from pathlib import Path
from typing import Any, Final

from mobile_contract.ids import record_id, row_id
from mobile_contract.sync import Receipt
from server.demo.desk import Desk
from server.demo.stage import Stage, wait_for
from server.demo.tell import Chapter, Teller
from server.fieldphone import Phone, sha256_of
from sync.merge import get, split
from sync.ports import Copy, Unreachable

STORY_1: Final = "1 周敏"
STORY_2: Final = "2 陈建国"
#: A photograph smaller than this may be gone from the phone before anything of it is durable.
LARGE: Final = 512_000
FIX: Final[dict[str, Any]] = {
    "lat": 320394610,
    "lon": 1187726190,
    "datum": "GCJ02",
    "accuracyCm": 1200,
    "provider": "amap",
}
#: About 2.2 km north of it.
ELSEWHERE: Final = {**FIX, "lat": FIX["lat"] + 200_000}


def story_1(stage: Stage, told: Teller, chapter: Chapter, photographs: list[Path]) -> None:
    """Check in and photograph offline; lose the link inside the second photo; resend everything."""
    phone, desk = stage.phones["周敏"], stage.desks["周敏"]
    chapter.step("离线签到")
    captured = {"at": phone.now()}
    arrival = phone.replica.create("checkIn", stage.section, {"captured": captured, "position": FIX})
    mislabelled = {"captured": captured, "position": {**FIX, "datum": "WGS84"}, "note": "对照:同一坐标按 WGS84"}
    control = phone.replica.create("checkIn", stage.section, mislabelled)
    away = {"captured": captured, "position": ELSEWHERE, "note": "对照:同一时刻在另一处"}
    elsewhere = phone.replica.create("checkIn", stage.section, away)
    photos = []
    for path in photographs:
        chapter.step(f"离线拍照 {path.name}")
        values = {"captured": {"at": phone.now()}, "position": FIX, "place": "K0+620"}
        photos.append(phone.photograph(stage.section, path, values))
    second = photographs[1]
    stage.scissors.sha256, stage.scissors.after = sha256_of(second), second.stat().st_size // 2
    chapter.step("晚上同步,断在第二张")
    cut = _cut_off(phone)
    told.expect(STORY_1, "链路断在第二张照片中间 · the link drops inside photo 2", cut, f"断 {stage.scissors.cuts} 次")
    chapter.step("全部重发")
    before = phone.storage.receipts()
    phone.storage.requeue()
    phone.sync()
    told.expect(
        STORY_1,
        "重发得到同样的回执 · the same receipts for what is resent",
        phone.storage.receipts() == before,
        f"{len(before)} 份相同",
    )
    _check_in_is_inside(told, stage, arrival, control)
    check_ins = [item for item in desk.records("checkIn", stage.section) if not item["values"].get("note")]
    told.expect(STORY_1, "只有一次签到 · one check-in", len(check_ins) == 1, f"{len(check_ins)} 次")
    _two_places_are_flagged(told, desk, elsewhere)
    chapter.step("核对照片字节")
    _photos_are_whole(stage, told, photos, photographs)


def _cut_off(phone: Phone) -> bool:
    try:
        phone.sync()
    except Unreachable:
        return True
    return False


def _check_in_is_inside(told: Teller, stage: Stage, arrival: str, control: str) -> None:
    phone = stage.phones["周敏"]
    fence = _copy(phone, arrival).server["fence"]
    told.expect(
        STORY_1,
        "GCJ-02 换算后在围栏内,约 0 m · inside, about 0 m",
        fence["verdict"] == "inside" and fence["distanceCm"] < 100,
        f"{fence['verdict']},距中心 {fence['distanceCm'] / 100:.2f} m",
    )
    fence = _copy(phone, control).server["fence"]
    told.expect(
        STORY_1,
        "同样数字当作 WGS84,差 542 m:存疑,不算在外 · 542 m off: in doubt, not outside",
        fence["verdict"] == "uncertain" and round(fence["distanceCm"] / 100) == 542,
        f"{fence['verdict']},距中心 {fence['distanceCm'] / 100:.0f} m",
    )
    day = _copy(phone, arrival).server["businessDate"]
    told.expect(STORY_1, "业务日期是现场当天 · the site's day", day == stage.day, day)


def _two_places_are_flagged(told: Teller, desk: Desk, elsewhere: str) -> None:
    flags = wait_for(lambda: desk.record(elsewhere)["server"].get("flags"), "what speaks against the second check-in")
    found = next((flag["params"] for flag in flags if flag["code"] == "evidence.impossible_travel"), None)
    told.expect(
        STORY_1,
        "同一时刻出现在两处:照收,并标出 · two places at once: taken, and flagged",
        found is not None,
        "没有标出" if found is None else f"{found['seconds']} 秒内相距至少 {found['metres']} m",
    )


def _photos_are_whole(stage: Stage, told: Teller, photos: list[str], photographs: list[Path]) -> None:
    desk = stage.desks["王丽"]

    def stored() -> list[dict[str, Any]] | None:
        found = [desk.record(photo) for photo in photos]
        ready = all(item["server"].get("files", [{}])[0].get("state") == "stored" for item in found)
        return found if ready else None

    found = wait_for(stored, "the photos' itemised receipts")
    same = all(
        desk.blob(item["values"]["blob"]) == path.read_bytes() for item, path in zip(found, photographs, strict=True)
    )
    told.expect(STORY_1, f"{len(photographs)} 张照片逐字节相同 · byte-identical", same, f"{len(found)} 张,SHA-256 已核")
    total = len(desk.records("photo", stage.section))
    told.expect(STORY_1, "没有重复的照片 · no photo twice", total == len(photographs), f"{total} 张")
    resumed = stage.scissors.begun[stage.scissors.sha256][-1]
    told.expect(
        STORY_1,
        "第二张从服务器已存的字节续传 · resumed, not restarted",
        resumed > 0 or photographs[1].stat().st_size < LARGE,
        f"从第 {resumed:,} 字节续传",
    )


def story_2(stage: Stage, told: Teller, chapter: Chapter) -> str:
    """Edit one log on two phones: one field merges, one clashes and is resolved; one log from two offline creates."""
    first, second, desk = stage.phones["陈建国"], stage.phones["陈小龙"], stage.desks["陈建国"]
    log = record_id("report", stage.section, "daily_log", stage.day)
    chapter.step("两部手机离线各建同一天日志")
    first.replica.create(
        "report", stage.section, _values(log, stage.day, {"pipefitter": 12, "labourer": 18, "driver": 4}), log
    )
    second.replica.create(
        "report", stage.section, _values(log, stage.day, {"pipefitter": 12, "labourer": 18, "driver": 4}), log
    )
    first.sync()
    second.sync()
    logs = [item for item in desk.records("report", stage.section) if item["values"]["form"] == "daily_log"]
    told.expect(STORY_2, "两次离线新建合为一份日志 · two creates, one log", len(logs) == 1, f"{len(logs)} 份")
    told.expect(
        STORY_2, "合计由服务器计算 · total computed", _total(desk.record(log)) == 34, f"合计 {_total(desk.record(log))}"
    )
    late = desk.record(log)["server"].get("late")
    told.expect(STORY_2, "当天写的,不是补录 · written in time", late is None, "不是补录" if late is None else str(late))
    first.sync()
    chapter.step("两部手机离线修改同一日志")
    pipe = f"fields/labour/{row_id(log, 'labour', 'pipefitter')}/count"
    first.replica.patch(log, {pipe: 13})
    second.replica.patch(log, {pipe: 14, "fields/safety_briefing": "沟槽支护与临边防护"})
    first.sync()
    second.sync()
    held = desk.record(log)
    safety = str(held["values"]["fields"].get("safety_briefing"))
    told.expect(STORY_2, "安全交底自动合并 · one field merges", "沟槽支护" in safety, safety)
    receipt = _last(second)
    told.expect(STORY_2, "管道工人数冲突 · one clashes", receipt.code == "op.conflict", receipt.code)
    conflict = desk.record(receipt.conflicts[0])["values"]
    kept = [conflict["standing"], *(item["value"] for item in conflict["candidates"].values())]
    told.expect(STORY_2, "13 与 14 都保留 · both values kept", sorted(kept) == [13, 14], "、".join(map(str, kept)))
    chapter.step("签字被冲突挡住")
    first.sync()
    first.replica.sign(log)
    first.sync()
    told.expect(
        STORY_2, "未解决前不能签字 · no signature before", _last(first).code == "op.open_conflicts", _last(first).code
    )
    chapter.step("选定 14,签字,再修订")
    first.replica.resolve(receipt.conflicts[0], 14)
    first.sync()
    held = desk.record(log)
    told.expect(
        STORY_2,
        "选定后合计重算 · resolved, total recomputed",
        get(held["values"], split(pipe)) == 14 and _total(held) == 36,
        f"管道工 {get(held['values'], split(pipe))},合计 {_total(held)}",
    )
    first.replica.sign(log)
    first.sync()
    second.sync()
    second.replica.patch(log, {"fields/weather_pm": "heavy_rain"})
    second.sync()
    signed = desk.record(log)["server"]["signed"]
    told.expect(
        STORY_2,
        "签字后修改成为修订稿 · an edit after signature amends",
        _last(second).code == "op.became_amendment" and len(signed) == 1,
        f"{_last(second).code},第 {signed[-1]['version']} 版仍有效",
    )
    return log


def _values(log: str, day: str, trades: dict[str, int]) -> dict[str, Any]:
    labour = {row_id(log, "labour", trade): {"trade": trade, "count": count} for trade, count in trades.items()}
    return {
        "form": "daily_log",
        "formVersion": 1,
        "fields": {
            "business_date": day,
            "weather_am": "overcast",
            "weather_pm": "light_rain",
            "temperature_min": 6,
            "temperature_max": 11,
            "wind_direction": "东北风",
            "wind_force": 3,
            "location": "K0+560~K0+640",
            "work_done": "沟槽开挖、DN800 管道安装 42 m",
            "labour": labour,
            "recorder": "陈建国",
        },
    }


def _total(entry: dict[str, Any]) -> Any:
    return entry["values"]["fields"].get("labour_total")


def _last(phone: Phone) -> Receipt:
    return phone.storage.receipts()[-1]


def _copy(phone: Phone, record: str) -> Copy:
    copy = phone.storage.copy(record)
    if copy is None:
        raise LookupError(f"the phone has no copy of {record}")
    return copy
