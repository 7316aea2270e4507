"""The phone app in the demonstration: where it is, and a code for each person to enrol a phone of their own with."""

from server.demo.stage import Stage
from server.demo.tell import Teller
from server.enrolling import drawn, link
from server.webapp import PHONE

#: Minutes that the codes live: the demonstration can be looked at for the whole day.
CODE_MINUTES = 1440
#: Whose phone the QR enrols; the others are links.
_FIRST = "陈建国"


def show(told: Teller, stage: Stage) -> None:
    """Print the app's address, a link that enrols for each person, and the first of them as a QR code.

    Browsers give cameras and service workers to ``localhost`` and to HTTPS only: on this machine the link works as it
    is, on a phone through ``adb reverse`` or behind a proxy with a certificate.
    """
    if not (PHONE.folder / "index.html").exists():
        told.console.print("\n手机端没有构建:运行 make web · the phone app was not built: make web")
        return
    links = {
        name: link(stage.url, desk.call("POST", "/v1/enrolments", {})["code"])
        for name, desk in stage.desks.items()
        if name in stage.phones
    }
    told.table("手机端 · The phone app (each link enrols once)", ("", ""), list(links.items()))
    told.console.print(f"\n{_FIRST}的手机扫码注册 · scan to enrol")
    told.console.print(drawn(links[_FIRST]), highlight=False, markup=False, soft_wrap=True)
