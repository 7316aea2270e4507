"""A realistic body of every write, as JSON would have it: what the API document shows beside the schema.

Tests decode each with its type, ask that no type which a route reads is left out, and send each to a server, with what
stands here for people, places and records replaced by their own.
"""

from typing import Any, Final

from mobile_contract import (
    archive,
    conflicts,
    evidence,
    identity,
    jobs,
    media,
    pages,
    parked,
    projects,
    queue,
    repair,
    reviews,
    scans,
    summaries,
    sync,
    takeaways,
)
from mobile_contract.base import Wire

PERSON: Final = "01979f3a-5c00-7a11-8b32-6d0f4f5e2a10"
SECTION: Final = "section:01979f3a-5c00-7b52-9c41-0e7a35d1c2f4"
REPLICA: Final = "01979f3a-6d20-7c01-a5b4-2f6e8d9c0b1a"
LOG: Final = "5b1f0a62-8d3e-5f4b-9a77-c3d2e1f0a9b8"
SCAN: Final = "01979f3b-2b3c-7e45-9f67-8a9b0c1d2e3f"
PHOTO: Final = "01979f3b-1a2b-7d34-8e56-7f8a9b0c1d2e"
EPOCH: Final = "e1"
SEQ: Final = 128
CODE: Final = "K7QF-2M9XAT"
TOTP: Final = "492039"
DIGEST: Final = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
CANDIDATE: Final = "01979f3c-0004-7a00-8000-000000000004"
_AT: Final = "2026-11-18T17:42:10+08:00"

EXAMPLES: Final[dict[type[Wire], dict[str, Any]]] = {
    identity.Login: {"login": "zhou.min", "password": "Nine blue kilns at noon", "totp": TOTP},
    identity.NewEnrolment: {"person": PERSON},
    identity.Enrol: {"code": CODE, "device": "周敏的手机", "replica": REPLICA},
    identity.PasswordChange: {"old": "Nine blue kilns at noon", "new": "Seven quiet cranes at dawn"},
    identity.NewTotp: {"password": "Nine blue kilns at noon"},
    identity.TotpProof: {"code": TOTP},
    identity.NewPerson: {"name": "陈建国", "login": "chen.jianguo", "password": "Seven quiet cranes at dawn"},
    identity.ChangePerson: {"name": "陈建国", "login": "chen.jianguo.2", "disabled": True},
    identity.PasswordReset: {"password": "Seven quiet cranes at dawn"},
    projects.NewProject: {
        "code": "2603-320104-04-01-482176",
        "name": "雨污分流改造工程",
        "lat": 320_415_000,
        "lon": 1_187_674_000,
        "timeZone": "Asia/Shanghai",
        "fenceRadiusCm": 30_000,
        "began": "2026-03-02",
        "nightShiftEnds": "06:00",
    },
    projects.NewSection: {
        "code": "1",
        "name": "一标段",
        "contractor": "宁筑建设",
        "contractorCode": "91320104MA1P2Q3R4T",
    },
    projects.ChangeProject: {"name": "雨污分流及路面改造工程", "began": "2026-03-09", "nightShiftEnds": "05:30"},
    projects.ChangeSection: {"name": "一标段(北)", "contractor": "宁筑建设"},
    projects.NewFence: {
        "rings": [
            [
                [1_187_670_000, 320_410_000],
                [1_187_680_000, 320_410_000],
                [1_187_680_000, 320_420_000],
                [1_187_670_000, 320_410_000],
            ]
        ],
        "datum": "GCJ02",
    },
    projects.NewVocabulary: {"entries": ["HDPE 双壁波纹管 DN300", "C30 商品混凝土", "中砂"]},
    sync.SyncRequest: {
        "clock": _AT,
        "cursor": {"epoch": EPOCH, "seqs": {SECTION: SEQ}},
        "ops": [
            {
                "action": "create",
                "opId": "01979f3c-0001-7a00-8000-000000000001",
                "n": 41,
                "scope": SECTION,
                "kind": "checkIn",
                "id": "01979f3c-0002-7a00-8000-000000000002",
                "at": _AT,
                "values": {
                    "captured": {"at": _AT},
                    "position": {"lat": 320_394_610, "lon": 1_187_726_190, "datum": "GCJ02", "accuracyCm": 1200},
                },
            },
            {
                "action": "patch",
                "opId": "01979f3c-0003-7a00-8000-000000000003",
                "n": 42,
                "scope": SECTION,
                "kind": "report",
                "id": LOG,
                "at": _AT,
                "set": {"fields/weather_am": {"value": "light_rain", "was": "cloudy"}},
            },
        ],
    },
    repair.BucketsAsked: {"scope": SECTION, "buckets": ["0a", "f3"]},
    archive.ArchiveRecords: {"records": [LOG, PHOTO]},
    archive.RestoreRecord: {"reason": "误删,日志仍然有效"},
    parked.RetryParked: {"reason": "已重新授权"},
    parked.ApplyParked: {
        "op": {
            "action": "patch",
            "scope": SECTION,
            "kind": "report",
            "id": LOG,
            "at": _AT,
            "set": {"fields/safety": {"value": "下午停工", "was": None}},
        },
        "reason": "按现场记录更正",
    },
    parked.DiscardParked: {"reason": "与已填报的日志重复"},
    parked.ReopenParked: {"reason": "误作废,内容仍需填报"},
    conflicts.ResolveConflict: {"seen": [CANDIDATE], "value": "小雨", "reason": "以气象记录为准"},
    reviews.ReviewReport: {
        "state": "returned",
        "digest": DIGEST,
        "reason": "缺少下午的照片",
        "fields": {"fields/weather_am": "与气象记录不符"},
    },
    reviews.ReviewReports: {"reviews": [{"id": LOG, "review": {"state": "approved", "digest": DIGEST}}]},
    reviews.ReviewMatching: {
        "matching": {"scope": SECTION, "form": "daily_log", "since": "2026-11-01", "state": "waiting"},
        "state": "approved",
        "most": 100,
    },
    evidence.EvidenceDecision: {"reason": "同一工作面连续拍摄,已现场核对"},
    jobs.DismissJob: {"reason": "原文件已确认丢失,无须再识别"},
    media.BlobsAsked: {"sha256": [DIGEST]},
    scans.NewScan: {
        "scope": SECTION,
        "pages": ["9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"],
        "note": "文件夹 2026-11",
    },
    scans.Confirmation: {"corrections": {"fields/amount_figures": 1_280_000, "fields/items/3/quantity": "24"}},
    scans.MergeDuplicate: {"choices": {"fields/weather_am": "paper", "fields/safety": "other"}},
    scans.KeepDuplicate: {"reason": "上午与下午各一份"},
    summaries.NewSummary: {"scope": SECTION, "period": "week", "day": "2026-11-18"},
    takeaways.NewTakeaway: {
        "kind": "xlsx",
        "wanted": {"form": "daily_log", "since": "2026-11-01", "until": "2026-11-30"},
    },
    scans.NewThreshold: {"threshold": 970},
    pages.ArrangeScans: {
        "into": [{"pages": [{"scan": SCAN, "page": 1, "turn": 180}], "form": "daily_log", "formVersion": 1}]
    },
    pages.RejectScan: {"reason": "拍到的是背面,请重新拍摄"},
    queue.NextScan: {"form": "daily_log", "order": "confidence"},
    queue.ClaimScan: {"takeOver": "李敏今天请假,由我接着处理"},
}
