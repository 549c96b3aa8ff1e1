"""The pearl street: merchants who open oysters for tourists, and what became of their interview."""

from datetime import datetime, timedelta

from agency.core import clock
from tests.stories import Agency

NAMES = ("海之韵珠宝行", "蓝湾珍珠馆", "鹭岛珠宝店")


def proposal(**changes) -> dict:
    """The body of a collective interview in ten days; None removes a field."""
    body = {
        "kind": "collective", "subject": "开蚌取珠诱导消费",
        "merchants": [{"name": name} for name in NAMES],
        "hold_at": in_days(10), "place": "消费维权中心三楼会议室",
        "matters": "说明投诉发生原因；研究整改措施和完成时限。",
    } | changes  # fmt: skip
    return {name: value for name, value in body.items() if value is not None}


def in_days(days: float) -> str:
    return (clock.now() + timedelta(days=days)).isoformat()


def day_in(days: int) -> str:
    return f"{clock.now() + timedelta(days=days):%Y-%m-%d}"


class Desk:
    """One interview through the API: ``desk.do("mediator", "approve", …)``."""

    def __init__(self, agency: Agency, by: str = "mediator", **changes) -> None:
        self.agency = agency
        status, told = agency.client(by).post("interviews/", proposal(**changes))
        assert status == 201, told
        self.no, self.told = told["no"], told

    def do(self, who: str, verb: str, body: dict | None = None, *, expect: int = 200) -> dict:
        status, told = self.agency.client(who).post(f"interviews/{self.no}/{verb}/", body)
        assert status == expect, (verb, status, told)
        if status == 200:
            self.told = told
        return told

    def merchant(self, at: int) -> dict:
        """A merchant as the last answer told it, in the order they were named."""
        return self.told["merchants"][at]

    def id(self, at: int) -> int:
        return self.merchant(at)["id"]

    def states(self) -> list[str]:
        return [merchant["state"] for merchant in self.told["merchants"]]

    def serve(self, at: int, method: str = "direct", **changes) -> dict:
        body = {
            "merchant": self.id(at), "method": method, "at": clock.now().isoformat(),
            "recipient": "林店长",
        }  # fmt: skip
        return self.do("mediator", "record_service", body | changes)

    def documents(self) -> list[dict]:
        status, told = self.agency.client("mediator").get(f"interviews/{self.no}/documents/")
        assert status == 200, told
        return told


def called_in(agency: Agency, **changes) -> Desk:
    """A merchant alone, approved and served: the session may be held."""
    merchants = {"kind": "individual", "merchants": [{"name": NAMES[0]}]}
    desk = Desk(agency, **(merchants | changes))
    desk.do("chief", "approve")
    desk.do("mediator", "issue_notice")
    desk.serve(0)
    return desk


def came(agency: Agency, **changes) -> Desk:
    """The session with it was held."""
    desk = called_in(agency, **changes)
    desk.do("mediator", "hold", {"present": [desk.id(0)], "minutes": "听取陈述"})
    return desk


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)
