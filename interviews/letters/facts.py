"""What a letter may say of an interview, as texts. Complaints are told as figures: no citizen stands
in a letter to a merchant.
"""

from collections import Counter
from datetime import datetime

from django.conf import settings
from django.utils import translation

from agency.core.letters import day, moment
from agency.core.models import Unit, User
from interviews.letters.forms import Form
from interviews.models import Attendance, Document, Interview, Service, Session

BASES = {
    Unit.Profile.AMR: "《侵害消费者权益行为处罚办法》第三条",
    Unit.Profile.COUNCIL: "《中华人民共和国消费者权益保护法实施条例》第四十条",
}
"""By whose letter it is. Source: docs/rules.md, section "Interviews"."""
METHODS = {
    Service.Method.DIRECT: "直接送达", Service.Method.LIEN: "留置送达",
    Service.Method.POST: "邮寄送达", Service.Method.ELECTRONIC: "电子送达",
    Service.Method.ANNOUNCEMENT: "公告送达", Service.Method.ENTRUSTED: "委托送达",
    Service.Method.TELEPHONE: "电话通知（情况紧急）",
}  # fmt: skip
RESULTS = {"passed": "合格", "partly": "部分合格", "failed": "不合格"}
KINDS = {Interview.Kind.INDIVIDUAL: "个别约谈", Interview.Kind.COLLECTIVE: "集体约谈"}
FAILED = {"failed"}
"""The results of cases whose mediation came to nothing."""


def gather(document: Document, *, at: datetime) -> dict[str, str]:
    """Every fact a template may ask for; what is unknown is ""."""
    interview, attendance = document.interview, document.attendance
    with translation.override("zh-hans"):
        if interview is None:
            return _of_guidance(document, at)
        return {
            **_of_interview(interview), **_of_merchant(attendance), **_of_session(attendance),
            **_of_complaints(interview, attendance), **_of_service(document),
            **_of_repair(document), **_of_address(document), "today": day(at), "second": _second(document),
            "publish": _publish(document), "signed_on": day(at),
        }  # fmt: skip


def _of_guidance(document: Document, at: datetime) -> dict[str, str]:
    letter = document.guidance
    return {
        "issuer": letter.unit.name, "merchant": letter.merchant.name, "subject": letter.subject,
        "body": letter.text, "basis": BASES[letter.unit.org_profile], "today": day(at),
        "contact": _name(letter.by), "agency_phone": settings.AGENCY_PHONE,
    }  # fmt: skip


def _of_interview(interview: Interview) -> dict[str, str]:
    unit = interview.unit
    return {
        "issuer": unit.name, "interview_no": interview.no, "kind": KINDS[interview.kind],
        "subject": interview.subject, "matters": interview.matters, "place": interview.place,
        "basis": interview.basis or BASES[unit.org_profile], "proposer": _name(interview.proposed_by),
        "proposed_on": day(interview.proposed_at), "decider": _name(interview.decided_by),
        "decided_on": day(interview.decided_at), "opinion": interview.opinion or "同意。",
        "publicity": "公开" if interview.publicity else "不公开",
        "contact": _name(interview.handler), "agency_phone": settings.AGENCY_PHONE,
        "targets": "；".join(_target(one) for one in interview.merchants.select_related("merchant")),
        "case_nos": "、".join(interview.cases.order_by("no").values_list("no", flat=True)),
        "trigger": interview.trigger,
    }  # fmt: skip


def _target(attendance: Attendance) -> str:
    merchant = attendance.merchant
    said = [merchant.uscc, attendance.address]
    return merchant.name + (f"（{'，'.join(filter(None, said))}）" if any(said) else "")


def _name(user: User | None) -> str:
    return user.name if user else ""


def _of_merchant(attendance: Attendance | None) -> dict[str, str]:
    if attendance is None:
        return dict.fromkeys(("merchant", "uscc", "address", "hold_at", "change_until"), "")
    merchant = attendance.merchant
    return {
        "merchant": merchant.name, "uscc": merchant.uscc, "hold_at": moment(attendance.hold_at),
        "address": attendance.address or merchant.address, "change_until": "约谈时间前",
    }  # fmt: skip


def _of_complaints(interview: Interview, attendance: Attendance | None) -> dict[str, str]:
    """What was complained of, as figures: of this merchant where some name it, else of the matter."""
    cases = interview.cases.all()
    if attendance:
        own = cases.filter(merchant__in=attendance.merchant.same)
        cases = own if own.exists() else cases.none()
    rows = list(
        cases.order_by("arrived_at").values_list("arrived_at", "problem__name_zh", "result")
    )
    if not rows:
        return {"complaints": "", "failed": ""}
    problems = Counter(problem for _at, problem, _result in rows if problem)
    main = "、".join(name for name, _n in problems.most_common(3))
    said = f"{day(rows[0][0])}至{day(rows[-1][0])}，我单位共接到涉及你单位的消费投诉{len(rows)}件"
    failed = sum(result in FAILED for _at, _problem, result in rows)
    return {
        "complaints": said + (f"，主要反映{main}等问题" if main else ""),
        "failed": f"，其中{failed}件经调解未能达成一致" if failed else "",
    }


def _of_session(attendance: Attendance | None) -> dict[str, str]:
    session: Session | None = attendance.session if attendance else None
    if session is None:
        names = ("held_at", "until", "session_place", "host", "recorder", "minutes")
        return dict.fromkeys(names, "")
    return {
        "held_at": moment(session.held_at), "session_place": session.place,
        "until": f"至{moment(session.until)}" if session.until else "",
        "host": _name(session.host), "recorder": _name(session.recorder),
        "minutes": session.minutes,
    }  # fmt: skip


def _of_service(document: Document) -> dict[str, str]:
    names = (
        "served_number", "method", "served_at", "recipient", "relation", "service_place",
        "tracking_no", "refusal", "servers",
    )  # fmt: skip
    if document.form != Form.SERVICE_RECORD:
        return dict.fromkeys(names, "")
    service: Service = document.service
    refusal = [service.reason, f"见证人：{service.witness}" if service.witness else ""]
    servers = [_name(service.server), _name(service.second_server)]
    said = (
        f"（{service.notice.number}）" if service.notice else "", METHODS[service.method],
        moment(service.at), service.recipient, service.relation, service.place,
        service.tracking_no, "；".join(filter(None, refusal)), "、".join(filter(None, servers)),
    )  # fmt: skip
    return dict(zip(names, said, strict=True))


def _of_repair(document: Document) -> dict[str, str]:
    names = (
        "problem", "measure", "due_on", "report", "checked_at", "check_method", "finding",
        "result", "checkers",
    )  # fmt: skip
    if document.form != Form.RECHECK_RECORD:
        return dict.fromkeys(names, "")
    found = document.recheck
    item = found.rectification
    said = (
        item.problem, item.measure, day(item.due_on), item.report, moment(found.at), found.method,
        found.note, RESULTS[found.result],
        "、".join([_name(found.checker), _name(found.second_checker)]),
    )  # fmt: skip
    return dict(zip(names, said, strict=True))


ADDRESS = (
    "service_address", "addressee_name", "service_phone", "service_email", "service_wechat",
    "electronic",
)  # fmt: skip


def _of_address(document: Document) -> dict[str, str]:
    if document.form != Form.ADDRESS_CONFIRMATION:
        return dict.fromkeys(ADDRESS, "")
    said = document.service_address
    told = (
        said.address, said.recipient, said.phone, said.email, said.wechat,
        "同意" if said.electronic else "不同意",
    )  # fmt: skip
    return dict(zip(ADDRESS, told, strict=True))


def _second(document: Document) -> str:
    """What the second notice says of the first; "" in a first one."""
    if document.form != Form.NOTICE or document.notice.round == 1:
        return ""
    first = document.attendance.notices.filter(round=document.notice.round - 1).first()
    number = f"（{first.number}）" if first and first.number else ""
    return f"我单位曾书面通知你单位到场接受约谈{number}，你单位无正当理由未到场，现再次通知。"


def _publish(document: Document) -> str:
    if document.form != Form.PLEDGE:
        return ""
    return "同意公开本承诺书" if document.pledge.publish else "不公开本承诺书"


def rows(document: Document) -> list[list[str]]:
    """The rows of the table that a list of matters makes: label and text."""
    if document.form == Form.PLEDGE:
        items = document.pledge.items.order_by("pk")
        return [
            [f"承诺事项{n}", f"{i.matter}。措施：{i.measure}。完成日期：{day(i.due_on)}。责任人：{i.person}。"]
            for n, i in enumerate(items, start=1)
        ]  # fmt: skip
    if document.form == Form.RECTIFICATION_LIST:
        items = document.attendance.rectifications.filter(raised_at=document.ordered_at)
        return [
            [f"第{n}项", f"问题：{i.problem}。要求：{i.measure}。期限：{day(i.due_on)}。"]
            for n, i in enumerate(items.order_by("pk"), start=1)
        ]
    return []


# -- for those who write templates ---------------------------------------------------------

SPECIMEN = {
    "issuer": "××市消费者权益保护中心", "merchant": "××珠宝有限公司", "subject": "开蚌取珠诱导消费",
    "basis": BASES[Unit.Profile.AMR], "today": "2026年10月9日", "contact": "×××",
    "agency_phone": "12315", "body": "请于取珠前书面告知加工费。", "interview_no": "YT202610090001",
    "kind": "个别约谈", "matters": "说明投诉的发生原因和处理情况；研究整改措施和完成时限。",
    "place": "消费维权中心三楼会议室", "hold_at": "2026年10月15日9时30分",
    "complaints": "2026年7月1日至2026年9月30日，我单位共接到涉及你单位的消费投诉12件，主要反映价格欺诈等问题",
    "failed": "，其中5件经调解未能达成一致", "change_until": "约谈时间前", "held_at": "2026年10月15日9时32分",
    "due_on": "2026年11月5日",
}  # fmt: skip
"""Facts as they might be, for a specimen."""
OF_GUIDANCE = {
    "issuer", "merchant", "subject", "body", "basis", "today", "contact", "agency_phone",
}  # fmt: skip
OF_INTERVIEW = {
    "issuer", "interview_no", "kind", "subject", "matters", "place", "basis", "proposer",
    "proposed_on", "decider", "decided_on", "opinion", "publicity", "contact", "agency_phone",
    "targets", "case_nos", "trigger", "merchant", "uscc", "hold_at", "address", "change_until",
    "held_at", "session_place", "until", "host", "recorder", "minutes", "complaints", "failed",
    "served_number", "method", "served_at", "recipient", "relation", "service_place",
    "tracking_no", "refusal", "servers", "problem", "measure", "due_on", "report", "checked_at",
    "check_method", "finding", "result", "checkers", "today", "second", "publish", "signed_on",
    *ADDRESS,
}  # fmt: skip
WITHOUT_MEETING = {Form.GUIDANCE, Form.REMINDER}


def known(form: Form) -> set[str]:
    """The facts a template of this form may ask for."""
    return OF_GUIDANCE if form in WITHOUT_MEETING else OF_INTERVIEW


def sample(form: Form) -> dict[str, str]:
    """Made-up facts of a letter of this form."""
    return {name: SPECIMEN.get(name, "××") for name in known(form)} | {"second": ""}
