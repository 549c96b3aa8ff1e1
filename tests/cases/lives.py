"""How a case comes to any state of its life, and a sensible body for every verb."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from django.db import transaction

from agency.core.models import User
from agency.core.roles import OUTSIDERS, WITHOUT_CASES, Role
from cases import workflow
from cases.calendar import day_of
from cases.clocks import TRIES
from cases.models import Case
from tests.stories import PASSWORD


@contextmanager
def undone():
    """What happens within never happened."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


ROLES = sorted(set(Role) - OUTSIDERS - WITHOUT_CASES)


class Cast:
    """One person a role at the top, who sees every case: ``cast["mediator"]``; and one outside."""

    twin: Case | None = None
    """What a report is the duplicate of; None: of another each time."""

    def __init__(self, agency) -> None:
        self.agency, root = agency, agency.units["agency"]
        self.people = {
            role: User.objects.create_user(f"x_{role}", PASSWORD, name=role, role=role, unit=root)
            for role in ROLES
        }
        self.people[Role.OUTLET_LIAISON] = User.objects.create_user(
            "x_outlet_liaison", PASSWORD, name="outlet_liaison", role=Role.OUTLET_LIAISON,
            unit=agency.units["outlet-a"],
        )  # fmt: skip

    def __getitem__(self, role: str) -> User:
        return self.people[role]

    def case(self, kind: str) -> Case:
        """Just registered, and with nobody: its life begins."""
        channel = "petition" if kind == "petition" else "minyi"
        return self.agency.ticket(
            channel, kind=kind, consents={"publish": True, "entrust": True}
        )  # fmt: skip

    def act(self, case: Case, verb: str, role: str, **body) -> Case:
        """Do it, and let it be approved where it must be; returns the case afterwards."""
        said = self.body(case, verb) | body
        done = workflow.VERBS[verb](case.no, by=self[role], **said)
        proposal = done.pending
        if proposal is None or verb == "approve":
            return done
        decider = "chief" if "chief" in proposal.deciders else "leader"
        return workflow.approve(case.no, by=self[decider])

    def body(self, case: Case, verb: str) -> dict:
        """What the verb is given when nothing is wrong."""
        if verb in SAID:
            return dict(SAID[verb])
        match verb:
            case "dispatch":
                return {"unit": "agency" if case.kind == "petition" else "east"}
            case "start_mediation":
                return {"back": True} if case.state == "entrusted" else {}
            case "entrust":
                return {"to": "市消费者协会", "until": day_of(case.arrived_at) + timedelta(days=30)}
            case "extend":
                return {
                    "rule": EXTENDED.get((case.kind, case.state == "filed"), "none"),
                    "reason": "案情复杂",
                }
            case "pause":
                reason = "appraisal" if case.kind == "complaint" else "testing"
                return {"reason": reason, "institution": "质检院"}
            case "pause_clue":
                return {"reason": "testing", "institution": "质检院"}
            case "hold_session":
                return {
                    "method": "on_site", "held_at": case.arrived_at, "minutes": "各执一词",
                    "complainant_came": True, "respondent_came": False,
                }  # fmt: skip
            case "decide_case":
                number = f"市监罚〔2026〕{case.decisions.count()}号"
                return {"decision": "penalty", "document_no": number}
            case "convert":
                other = "consultation" if case.kind == "complaint" else "complaint"
                return {"kind": other, "text": "已答复"}
            case "mark_duplicate":
                return {"of": (self.twin or self.case("report")).no}
            case "reply_ticket":
                named = case.tickets.first()  # a converted case has none any more
                return {"ticket": named and named.no, "text": "已办理"}
        return {}

    def bring(self, kind: str, state: str) -> Case:
        """A case of ``kind`` in ``state``, complete enough to go on from there."""
        before = WAYS[kind][state]
        if before is None:
            return self.case(kind)
        start, *steps = before
        return self._go(self.bring(kind, start), steps, state)

    def each_state(self, kind: str) -> Iterator[tuple[str, Case]]:
        """Every state with a case in it; where the next one begins, what was done here is undone."""
        with undone():
            self.twin = self.case("report") if kind == "report" else None
            yield from self._from("registered", self.case(kind))

    def _from(self, state: str, case: Case) -> Iterator[tuple[str, Case]]:
        yield state, case
        for after, before in WAYS[case.kind].items():
            if before and before[0] == state:
                with undone():
                    yield from self._from(after, self._go(case, before[1:], after))

    def _go(self, case: Case, steps, state: str) -> Case:
        for verb, role, *body in steps:
            case = self.act(case, verb, role, **(body[0] if body else {}))
        assert case.state == state, (case.state, state)
        return case


class Together(Cast):
    """Two citizens on every case, both reached: ``other`` is the ticket of the second."""

    def case(self, kind: str) -> Case:
        case = super().case(kind)
        if kind in {"complaint", "petition"}:
            other = self.agency.ticket("web", kind=kind, consumer=OTHER)
            self.other = other.tickets.get().no
            workflow.link_ticket(case.no, by=self["dispatcher"], ticket=self.other)
            if kind == "complaint":
                own = case.tickets.exclude(no=self.other).get()
                self.act(case, "contact", "dispatcher", ticket=own.no)
            case = self.act(case, "contact", "dispatcher", ticket=self.other)
        return case


OTHER = {"name": "林一一", "phone": "13700137000"}

EXTENDED = {
    ("complaint", False): "clue.verify",
    ("report", False): "report.verify",
    ("report", True): "case.penalty",
    ("petition", False): "petition.handle",
}

SAID = {
    "return_to_platform": {"reason": "不属本部门职责", "basis": "道路交通安全法第5条，属交警部门"},
    "return": {"reason": "不属本职", "explanation": "属交通部门"},
    "contact": {"outcome": "reached", "no_meeting_reason": "电话中已说明"},
    "accept": {"notified_by": "letter"},
    "supplement": {"merchant_phone": "0757-12345678", "reason": "电话核实"},
    "refuse": {"ground": "R1", "explanation": "不属本部门职责"},
    "notify": {"party": "complainant", "how": "letter", "text": "可依法诉讼"},
    "request_recusal": {"reason": "调解员与商家相识"},
    "decide_recusal": {"granted": False, "reason": "无利害关系"},
    "settle": {"agreement": "退货退款", "recovered_amount": "1280.00"},
    "confirm_performance": {"amount": "1280.00", "evidence_note": "转账截图"},
    "record_non_performance": {"explanation": "到期未退款"},
    "refer": {"outlet": "outlet-a", "consent": True},
    "answer_referral": {"text": "同意换新"},
    "hand_up": {"reason": "商家拒绝"},
    "recall": {"reason": "消费者改变主意"},
    "terminate": {"ground": "T2", "explanation": "商家拒绝调解"},
    "withdraw": {"reason": "已自行协商"},
    "record_clue": {"note": "涉嫌虚假宣传"},
    "verify_clue": {"filed": False, "note": "不成立"},
    "record_dispute": {"reason": "注册地不在本辖区", "counterpart": "邻区局"},
    "settle_dispute": {"outcome": "协商由我局办理"},
    "follow_up": {"satisfaction": "satisfied"},
    "close": {"conclusion": "已办结", "principle": "resolved"},
    "reopen": {"reason": "上级发回"},
    "decide_publicity": {"publish": True},
    "excuse": {"rule": "ticket.respond_10", "reason": "系统停机"},
    "disapprove": {"reason": "缺凭证"},
    "refuse_jurisdiction": {"authority": "区交通局", "text": "请向区交通局反映"},
    "transfer": {"to": "区公安分局", "reason": "涉嫌犯罪"},
    "verify": {"colleague": "enforcer"},
    "file": {"form_no": "立审〔2026〕1号"},
    "grant_reward": {"amount": "500.00", "basis": "食品安全法第115条"},
    "answer": {"text": "七日无理由退货的规定是……"},
    "object": {"reason": "不属本机关职权"},
    "settle_objection": {"agreed": True},
    "route": {"to": "lawsuit", "text": "请依法提起诉讼"},
    "assign_triple": {
        "leader": "leader", "core_handler": "petition_officer", "callback": "callback",
    },
    "record_visit": {"note": "已面谈"},
    "record_inspection": {"note": "已查看现场"},
    "hold_hearing": {"note": "已听证"},
    "reply": {"opinion": "supported", "text": "支持请求"},
    "evaluate": {"satisfaction": "satisfied"},
    "answer_review": {"opinion": "upheld", "text": "维持"},
    "answer_final_review": {"opinion": "upheld", "text": "维持"},
}  # fmt: skip

TOLD_BOTH = (
    ("notify", "mediator"),
    ("notify", "mediator", {"party": "respondent"}),
)
SEEN = (("record_visit", "petition_officer"), ("record_inspection", "petition_officer"))

# state: the one before, and what leads on from there
COMPLAINT = {
    "registered": None,
    "dispatched": ("registered", ("dispatch", "dispatcher")),
    "returned": ("dispatched", ("return", "mediator")),
    "reviewing": ("dispatched", ("contact", "mediator")),
    "odr_negotiating": ("reviewing", ("refer", "mediator")),
    "settled": (
        "odr_negotiating",
        ("settle", "outlet_liaison"),
        *TRIES * [("follow_up", "callback", {"satisfaction": "unreached"})],
    ),
    "awaiting_identity": ("reviewing", ("request_identity", "mediator")),
    "accepted": ("reviewing", ("accept", "mediator")),
    "rejected": ("reviewing", ("refuse", "mediator"), ("notify", "mediator")),
    "mediating": ("accepted", ("start_mediation", "mediator")),
    "entrusted": ("accepted", ("entrust", "mediator")),
    "suspended_recusal": ("mediating", ("request_recusal", "mediator")),
    "appraising": ("mediating", ("pause", "mediator")),
    "agreed": ("mediating", ("settle", "mediator")),
    "performed": ("agreed", ("confirm_performance", "mediator"), ("follow_up", "callback")),
    "breached": (
        "agreed",
        ("record_non_performance", "mediator"),
        ("notify", "mediator"),
        ("follow_up", "callback"),
    ),
    "terminated": ("mediating", ("terminate", "mediator"), *TOLD_BOTH),
    "closed": ("performed", ("close", "mediator"), ("decide_publicity", "mediator")),
    "archived": ("closed", ("archive", "registrar")),
    "reopened": ("closed", ("reopen", "leader")),
}
REPORT = {
    "registered": None,
    "dispatched": ("registered", ("dispatch", "dispatcher")),
    "returned": ("dispatched", ("return", "enforcer")),
    "verifying": ("dispatched", ("contact", "enforcer"), ("verify", "enforcer")),
    "extended": ("verifying", ("extend", "enforcer")),
    "testing": ("verifying", ("pause", "enforcer")),
    "filed": ("verifying", ("file", "enforcer")),
    "not_filed": ("verifying", ("decline_filing", "enforcer")),
    "transferred": ("verifying", ("transfer", "enforcer")),
    "no_jurisdiction": (
        "dispatched",
        ("contact", "enforcer"),
        ("refuse_jurisdiction", "enforcer"),
        ("notify", "enforcer"),
    ),
    "duplicate": ("registered", ("contact", "dispatcher"), ("mark_duplicate", "dispatcher")),
    "decided": ("filed", ("decide_case", "enforcer")),
    "closed": ("decided", ("close", "enforcer")),
    "archived": ("closed", ("archive", "registrar")),
    "reopened": ("closed", ("reopen", "leader")),
}
CONSULTATION = {
    "registered": None,
    "forwarded": ("registered", ("contact", "dispatcher"), ("dispatch", "dispatcher")),
    "returned": ("forwarded", ("return", "mediator")),
    "answered": ("registered", ("contact", "dispatcher"), ("answer", "registrar")),
    "converted": ("answered", ("convert", "registrar")),
    "closed": ("answered", ("close", "registrar")),
    "archived": ("closed", ("archive", "registrar")),
    "reopened": ("closed", ("reopen", "leader")),
}
PETITION = {
    "registered": None,
    "dispatched": ("registered", ("dispatch", "petition_officer")),
    "returned": ("dispatched", ("return", "petition_officer")),
    "objected": ("registered", ("respond", "petition_officer"), ("object", "petition_officer")),
    "routed": ("registered", ("respond", "petition_officer"), ("route", "petition_officer")),
    "not_accepted": (
        "registered", ("respond", "petition_officer"), ("refuse", "petition_officer"),
        ("notify", "petition_officer"),
    ),
    "accepted": ("registered", ("respond", "petition_officer"), ("accept", "petition_officer")),
    "handling": ("accepted", ("assign_triple", "leader"), *SEEN),
    "hearing": ("handling", ("hold_hearing", "leader")),
    "extended": ("handling", ("extend", "petition_officer")),
    "mediated": ("handling", ("settle", "petition_officer")),
    "replied": ("handling", ("reply", "leader")),
    "evaluated": ("replied", ("evaluate", "callback")),
    "reviewing": (
        "replied", ("request_review", "petition_officer"), ("answer_review", "petition_officer"),
    ),
    "final_reviewing": ("reviewing", ("request_final_review", "petition_officer")),
    "terminated": ("final_reviewing", ("answer_final_review", "leader")),
    "closed": ("evaluated", ("close", "petition_officer")),
    "archived": ("closed", ("archive", "registrar")),
    "reopened": ("closed", ("reopen", "leader")),
}  # fmt: skip
WAYS = {
    "complaint": COMPLAINT, "report": REPORT, "consultation": CONSULTATION, "petition": PETITION,
}  # fmt: skip
