"""The agency that is walked through: people with a session and a token, and what lies in their way.

Each comes upon what is their own, what is a stranger's, a report, and what is not there.
"""

from datetime import date, timedelta
from uuid import UUID

from django.test import Client

from agency.core import clock
from agency.core.models import (
    Access,
    ApiToken,
    Audit,
    DeadlineRule,
    Delivery,
    Heartbeat,
    SystemGap,
    Unit,
    User,
    WorkDay,
)  # fmt: skip
from agency.core.roles import Role
from cases import demo, workflow
from cases.models import (
    Case,
    Category,
    Channel,
    Commendation,
    Departure,
    Merchant,
    Phrase,
    Profile,
    Shift,
    Topic,
)  # fmt: skip
from cases.workflow import papers
from interviews import workflow as interviews
from interviews.models import Interview, LetterTemplate, Rectification
from outlets import demo as outlets
from outlets import standards
from outlets.models import OdrEnterprise, Outlet, StandardItem
from outlets.workflow import firms, inspect, photos
from tests.access.canaries import CITIZEN, REPORTER, said_by
from tests.notices import notice
from tests.papers import pdf, picture, upload
from tests.stories import PASSWORD, Agency

ANONYMOUS, DEACTIVATED, CHANNEL = "anonymous", "deactivated", "channel"
HOME = {name: unit for name, _name, _role, unit in demo.ACCOUNTS}
PEOPLE = [ANONYMOUS, DEACTIVATED, CHANNEL, *HOME]
STRANGE = {
    "east": "west", "west": "east", "outlet-a": "east", "outlet-b": "outlet-a", "odr-a": "east",
}  # fmt: skip
"""Whose cases are a stranger's to whom; to the agency itself nobody's are."""
OWN, FOREIGN, SECRET, GONE = "own", "foreign", "secret", "gone"
FIRMS = {"odr-a": "agency", "odr-east": "east", "odr-west": "west"}
FORMS = {"complaint": "registration", "report": "report_registration"}
GONE_KEY, GONE_NO, GONE_ID = 900_000_001, "C202601019999", UUID(int=7)


class Place:
    def __init__(self) -> None:
        self.agency = Agency()
        self.people = {name: getattr(self.agency, name) for name in HOME} | {
            CHANNEL: self.agency.channels["minyi"].client,
            DEACTIVATED: self._hire(DEACTIVATED, Role.MEDIATOR, "east"),
        }
        self._head = self._hire("head", Role.CHIEF, "agency")
        standards.load()
        outlets.load()
        self.photos = {code: self._photo(code).pk for code in ("outlet-a", "outlet-b")}
        self.papers = {code: self._firm(code, unit) for code, unit in FIRMS.items()}
        self.cases = {(unit, kind): self._case(unit, kind) for unit in STRANGE for kind in FORMS}
        workflow.ask_expert(
            self.case_of("expert").no, by=self._head, expert="expert", question="是否质量问题"
        )
        self._branch()
        self.interviews = {unit: self._interview(unit) for unit in ("east", "west")}
        self.rows = {unit: dict(self._rows(unit)) for unit in ("east", "west")}
        self.bells = dict(self._bells())
        self.tokens = {name: ApiToken.issue(user) for name, user in self.people.items()}
        self.desks = {name: self.desk(name) for name in PEOPLE}
        User.objects.filter(username=DEACTIVATED).update(is_active=False)

    def desk(self, name: str, **options) -> Client:
        """A browser in which they are logged in."""
        http = Client(raise_request_exception=False, **options)
        if name != ANONYMOUS:
            http.force_login(self.people[name])
        return http

    def token(self, name: str) -> dict:
        return {"Authorization": f"Bearer {self.tokens[name]}"} if name != ANONYMOUS else {}

    # -- what lies in the way ---------------------------------------------------------------

    def case_of(self, name: str, what: str = OWN) -> Case | None:
        """The case they come upon; None where nothing is a stranger's to them."""
        unit = self._home(name)
        if what == FOREIGN and unit == "agency" and name != "expert":
            return None
        unit = "east" if unit == "agency" else unit
        unit = STRANGE[unit] if what == FOREIGN else unit
        return self.cases[unit, "report" if what == SECRET else "complaint"]

    def interview_of(self, name: str, what: str = OWN):
        """The interview they come upon; None where nothing is a stranger's to them."""
        unit = self._home(name)
        if what == FOREIGN and unit == "agency":
            return None
        unit = unit if unit in self.interviews else "east"
        return self.interviews[STRANGE[unit] if what == FOREIGN else unit]

    def outlet_of(self, name: str, what: str = OWN) -> str | None:
        """The code of the outlet they come upon; None where none is a stranger's to them."""
        unit = self._home(name)
        if what == GONE:
            return "nowhere"
        own, others = {"west": ("outlet-b", "outlet-a"), "outlet-b": ("outlet-b", "outlet-a")}.get(
            unit, ("outlet-a", "outlet-b")
        )
        if what == FOREIGN:
            return None if unit == "agency" else others
        return own

    def firm_of(self, name: str, what: str = OWN) -> str | None:
        """The code of the ODR enterprise they come upon; None where none is a stranger's to them."""
        unit = self._home(name)
        if what == GONE:
            return "nowhere"
        own = {"east": "odr-east", "west": "odr-west"}.get(unit, "odr-a")
        if what == FOREIGN:
            return None if unit == "agency" else "odr-west" if own != "odr-west" else "odr-east"
        return own

    def row_of(self, model, name: str, what: str = OWN):
        """The row of a list of the admin; None as above, and where all belongs to everybody."""
        if model == Delivery:
            return (
                self.bells.get(name)
                if what == OWN
                else self.bells["analyst" if name != "analyst" else "auditor"]
            )
        if model == Case:
            return self.case_of(name, what)
        unit = self._home(name)
        if what == FOREIGN and (model not in OF_UNITS or unit not in self.rows):
            return None
        unit = STRANGE[unit] if what == FOREIGN else unit
        return self.rows.get(unit, self.rows["east"]).get(model)

    def _home(self, name: str) -> str:
        user = self.people.get(name)
        return user.unit.code if user and user.unit else "east"

    def _hire(self, name: str, role: str, unit: str) -> User:
        return User.objects.create_user(
            name, PASSWORD, name=name, role=role, unit=self.agency.units[unit]
        )

    def _case(self, unit: str, kind: str) -> Case:
        """Evidence lies with it, and the confirmation that was issued; an outlet's was referred."""
        who = REPORTER if kind == "report" else CITIZEN
        told = dict.fromkeys(("title", "narrative", "demand"), said_by(who))
        case = self.agency.ticket(unit="east", kind=kind, consumer=who, **told)
        evidence = upload(f"{said_by(who)}.pdf", pdf())
        papers.attach(case.no, by=self.agency.registrar, upload=evidence)
        workflow.issue_document(case.no, by=self._head, form=FORMS[kind])
        if self.agency.units[unit].is_external and kind == "complaint":
            return workflow.refer(case.no, by=self._head, outlet=unit, consent=True)
        case.assignments.all().delete()
        handler = {"east": self.agency.mediator, "west": self.agency.mediator_b}.get(unit)
        Case.objects.filter(pk=case.pk).update(unit=self.agency.units[unit], handler=handler)
        return Case.objects.get(pk=case.pk)

    def _photo(self, code: str):
        """A picture from a visit to this outlet."""
        codes = StandardItem.objects.filter(part__in=StandardItem.BUILDING).values_list(
            "code", flat=True
        )
        visit = {"checklist": dict.fromkeys(codes, True), "inspectors": ["leader", "supervisor"]}
        inspect(code, by=self.agency.leader, **visit)
        seen = upload("room.png", picture())
        return photos.add_photo(code, by=self.agency.leader, item="place", upload=seen)

    def _firm(self, code: str, unit: str):
        """An ODR enterprise of this unit with a paper of its own."""
        if code != "odr-a":
            told = {"name": f"{code}电器", "origin": "self", "unit": unit}
            firms.apply_odr(by=self.agency.leader, code=code, **told)
        licence = upload("licence.pdf", pdf())
        return firms.add_paper(code, by=self.agency.leader, kind="licence", upload=licence)

    def _interview(self, unit: str):
        """One that was approved: its approval sheet lies with it."""
        by = self.people["mediator" if unit == "east" else "mediator_b"]
        proposed = interviews.propose(
            by=by, kind="individual", subject=unit, merchants=[{"name": f"{unit}珠宝行"}],
            hold_at=clock.now() + timedelta(days=9), place="三楼", matters="说明情况",
        )  # fmt: skip
        head = self.agency.chief if unit == "east" else self._head
        return interviews.VERBS["approve"](proposed.no, by=head)

    def _branch(self) -> None:
        """What came out of a report, and a question that became one: nothing tells whose they are."""
        report, said = self.cases["east", "report"], said_by(REPORTER)
        workflow.split(report.no, by=self.agency.registrar)
        told = dict.fromkeys(("title", "narrative", "demand"), said)
        asked = self.agency.ticket("hotline", kind="consultation", consumer=REPORTER, **told)
        workflow.contact(
            asked.no, by=self.agency.dispatcher, outcome="reached", no_meeting_reason=said
        )
        workflow.convert(asked.no, by=self.agency.registrar, kind="report", text=said)

    def _rows(self, unit: str):
        """A row of each list of the admin, of this district where it has districts."""
        person = self.people["mediator" if unit == "east" else "mediator_b"]
        home, at, by = self.agency.units[unit], clock.now(), self.agency.leader
        letter = {"received_on": date(2026, 3, 1), "type": "letter", "unit": home}
        hours = {"starts_at": at, "ends_at": at + timedelta(hours=8)}
        yield User, person
        yield Unit, home
        yield Channel, self.agency.channels["minyi"]
        yield Category, Category.objects.first()
        yield Topic, Topic.objects.get_or_create(code="gyms", kind="campaign", name_zh="健身房")[0]
        yield DeadlineRule, DeadlineRule.objects.first()
        yield (
            WorkDay,
            WorkDay.objects.get_or_create(
                date=date(2026, 1, 1), kind="holiday_off", is_workday=False, name="元旦"
            )[0],
        )
        yield Heartbeat, Heartbeat.objects.get_or_create(name="loop", last_ok_at=at)[0]
        yield SystemGap, SystemGap.objects.get_or_create(from_at=at)[0]
        yield Phrase, Phrase.objects.create(code="yy", text="已约", unit=home)
        yield Commendation, Commendation.objects.create(**letter)
        yield Departure, Departure.objects.create(person=person, by=by)
        yield Profile, Profile.objects.create(person=person)
        yield Merchant, Merchant.objects.first()
        yield Shift, Shift.objects.create(unit=home, post="handler", person=person, by=by, **hours)
        yield Interview, self.interviews[unit]
        attendance = self.interviews[unit].merchants.get()
        yield Rectification, Rectification.objects.create(attendance=attendance, problem="未公示")
        yield OdrEnterprise, OdrEnterprise.objects.get(unit__code=f"odr-{unit}")
        proposal = {"profile": "amr", "form": "minutes", "title": "约谈笔录", "reason": "试改"}
        yield (
            LetterTemplate,
            LetterTemplate.objects.get_or_create(**proposal, defaults={"by": by})[0],
        )
        yield Outlet, Outlet.objects.get(unit__parent=home)
        yield Audit, Audit.objects.order_by("pk").first()
        yield Access, Access.objects.create(kind="looked_up", by=person, what="phone", found=0)

    def _bells(self):
        """A notice that each was told."""
        about = notice(self.agency, subject_id=self.case_of("mediator").deadlines.first().pk)
        for name in HOME:
            yield (
                name,
                Delivery.objects.create(
                    notification=about, recipient=self.people[name], channel="in_app"
                ),
            )


OF_UNITS = {
    Commendation,
    Departure,
    Interview,
    OdrEnterprise,
    Outlet,
    Phrase,
    Profile,
    Rectification,
}
