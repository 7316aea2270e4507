"""``plumbline demo``: the main job on real input, and whether everything that must hold did."""

import argparse
import signal
import subprocess
from pathlib import Path
from typing import Final

from server.demo import app, chosen, paper, stage, stories
from server.demo.pictures import site_photographs
from server.demo.tell import Teller
from server.kernel.settings import Settings
from server.webapp import DESK

_PICTURES: Final = {".jpg", ".jpeg", ".png", ".webp", ".heic"}


def run(settings: Settings, args: argparse.Namespace) -> int:
    """Run the demonstration. 0: every expectation held (or, while serving, it was ended by a person).

    Raise ``BadSetting`` where ``data_dir`` names a folder that it must not empty.
    """
    folder = chosen.folder(settings)
    variables, ignored = chosen.environment(settings)
    told = Teller()
    told.console.print("[bold]铅垂 Plumbline[/]  离线填报,如实汇总 · field reports kept true\n")
    if ignored:
        told.console.print(f"演示不采用 · the demonstration ignores: {', '.join(ignored)}\n")
    photographs = _photographs(args.photos, folder)
    try:
        with told.chapter("搭台 · stage", 3 + len(stage.PEOPLE)) as chapter:
            stage_ = stage.build(
                folder, chapter.step, {"PLUMBLINE_ENROLMENT_MINUTES": str(app.CODE_MINUTES), **variables}
            )
    except (RuntimeError, TimeoutError, subprocess.CalledProcessError) as error:
        return _stuck(told, error, folder)
    try:
        with told.chapter("故事一 · check-in", 5 + len(photographs)) as chapter:
            stories.story_1(stage_, told, chapter, photographs)
        with told.chapter("故事二 · daily log", 4) as chapter:
            stories.story_2(stage_, told, chapter)
        with told.chapter("故事三 · paper", paper.STEPS) as chapter:
            paper.story_3(stage_, told, chapter, args.scan)
        told.summary()
        _where_to_look(told, stage_)
        if not args.once:
            app.show(told, stage_)
            _serve(told, stage_)
    except (RuntimeError, TimeoutError, LookupError) as error:
        return _stuck(told, error, folder)
    finally:
        stage_.close()
    return 0 if told.all_held else 1


def _stuck(told: Teller, error: Exception, folder: Path) -> int:
    """Print what stopped the demonstration, what held until then, and where to look."""
    told.summary()
    told.console.print(f"\n[bold red]演示中断 · the demonstration stopped:[/] {error}")
    told.console.print(
        f"查看 {folder / 'server.log'},或运行 make clean 后重试 · read the log, or try again after make clean"
    )
    return 1


def _photographs(given: Path | None, folder: Path) -> list[Path]:
    if given is None:
        return site_photographs(_made(folder))
    found = sorted(path for path in given.iterdir() if path.suffix.lower() in _PICTURES)
    if len(found) < 2:
        raise SystemExit(f"{given}: 至少需要两张照片 · at least two photographs are needed ({', '.join(_PICTURES)})")
    return found


def _made(folder: Path) -> Path:
    """Return where the made-up photographs are: beside the folder that the stage empties."""
    return folder.with_name(f"{folder.name}-photos")


def _where_to_look(told: Teller, stage_: stage.Stage) -> None:
    rows = [
        *([("桌面端 · the desk", f"{stage_.url}{DESK.address}")] if (DESK.folder / "index.html").exists() else []),
        ("接口文档 · API", f"{stage_.url}/docs"),
        ("现场照片 · photographs", str(_made(stage_.folder))),
        ("空表、拍照、校正与标注 · paper", f"{stage_.folder / 'pictures'}"),
        ("服务日志 · log", f"{stage_.folder / 'server.log'}"),
        *((f"登录 {login}", password) for login, password in stage_.passwords.items()),
    ]
    told.table("接下来看 · Where to look next", ("", ""), rows)


def _serve(told: Teller, stage_: stage.Stage) -> None:
    told.console.print(f"\n服务仍在运行 · still serving at [bold]{stage_.url}[/] · Ctrl-C 结束 · ends it")
    signal.signal(signal.SIGTERM, lambda *_: signal.raise_signal(signal.SIGINT))
    try:
        stage_.processes[0].wait()
    except KeyboardInterrupt:
        told.console.print("再见 · goodbye")
