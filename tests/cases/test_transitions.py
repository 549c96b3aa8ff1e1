"""Every move of the four lives by the book: who may, who may not, from where, which clock.

The book is the table below, written from the law and not from the code (docs/rules.md, section
"Life of a case"); cases/lifecycle/ must agree with it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import NamedTuple

import pytest

from agency.core import deadlines, invariants
from agency.core.errors import Forbidden, NotThere, RuleViolation
from agency.core.models import Notification
from cases.lifecycle import ENDED
from cases.models import Callback, Case, CaseEvent
from tests.cases.lives import ROLES, WAYS, Cast, undone
from tests.stories import clock_of

pytestmark = pytest.mark.django_db

MORNING = datetime.fromisoformat("2026-05-11T09:00:00+08:00")
"""A Monday under Order 121."""

DESK = "dispatcher petition_officer"
REFERS = "dispatcher mediator chief"
OUT_THERE = "green.accept outlet.reply green.solve"
SUPPLEMENT = "registrar dispatcher mediator enforcer petition_officer chief"

# from | verb | to | who | what must be said | clocks it meets | clocks it starts | whom in the house it tells
BOOK = {
    "complaint": f"""
registered        | supplement             | registered          | {SUPPLEMENT}        | reason            |                                    |
closed            | supplement             | closed              | {SUPPLEMENT}        | reason            |                                    |
registered        | return_to_platform     | closed              | dispatcher          | reason basis      |                                    |
registered        | convert                | consultation_closed | registrar dispatcher| kind              |                                    |
registered        | split                  | registered          | registrar dispatcher|                   |                                    |
registered        | dispatch               | dispatched          | dispatcher chief    | unit              |                                    | dispatch.return | handler
dispatched        | return                 | returned            | mediator enforcer   | reason explanation| dispatch.return                    | | dispatcher
returned          | dispatch               | dispatched          | dispatcher chief    | unit              |                                    | dispatch.return | handler
dispatched        | respond                | reviewing           | mediator chief enforcer |               | ticket.respond_10 dispatch.return  |
dispatched        | respond                | dispatched          | {DESK}              |                   | ticket.respond_10                  |
dispatched        | contact                | reviewing           | mediator chief enforcer | outcome       | ticket.contact_30 dispatch.return  |
dispatched        | contact                | dispatched          | {DESK}              | outcome           | ticket.contact_30                  |
reviewing         | request_identity       | awaiting_identity   | mediator enforcer   |                   |                                    | complaint.identity
awaiting_identity | record_identity        | reviewing           | mediator enforcer chief |               | complaint.identity                 |
registered        | refer                  | odr_negotiating     | {REFERS}            | outlet            |                                    | {OUT_THERE}
returned          | refer                  | odr_negotiating     | {REFERS}            | outlet            |                                    | {OUT_THERE}
dispatched        | refer                  | odr_negotiating     | {REFERS}            | outlet            | dispatch.return                    | {OUT_THERE}
reviewing         | refer                  | odr_negotiating     | {REFERS}            | outlet            |                                    | {OUT_THERE}
odr_negotiating   | accept_referral        | odr_negotiating     | outlet_liaison      |                   | green.accept                       |
odr_negotiating   | answer_referral        | odr_negotiating     | outlet_liaison      | text              | green.accept outlet.reply          |
odr_negotiating   | settle                 | settled             | outlet_liaison      | agreement recovered_amount | {OUT_THERE}               | | callback handler
odr_negotiating   | hand_up                | reviewing           | outlet_liaison      | reason            |                                    |
odr_negotiating   | recall                 | reviewing           | {REFERS}            | reason            |                                    |
odr_negotiating   | withdraw               | terminated          | mediator chief      | reason            |                                    |
settled           | recall                 | reviewing           | {REFERS}            | reason            |                                    |
settled           | confirm_performance    | settled             | mediator chief      | amount evidence_note |                                 |
settled           | close                  | closed              | dispatcher mediator enforcer | conclusion |                                  | complaint.publicity
reviewing         | accept                 | accepted            | mediator chief      |                   | complaint.accept                   | complaint.mediate
reviewing         | refuse                 | rejected            | mediator enforcer   | ground explanation|                                    |
accepted          | start_mediation        | mediating           | mediator chief      |                   |                                    |
accepted          | entrust                | entrusted           | mediator chief      | to until          |                                    | entrust.report
mediating         | request_recusal        | suspended_recusal   | mediator chief      | reason            |                                    | | leader
suspended_recusal | decide_recusal         | mediating           | leader              | granted reason    |                                    | | handler
mediating         | pause                  | appraising          | mediator chief      | reason institution|                                    |
appraising        | resume                 | mediating           | mediator chief      |                   |                                    |
mediating         | settle                 | agreed              | mediator chief      | agreement recovered_amount | complaint.mediate         |
agreed            | confirm_performance    | performed           | mediator chief      | amount evidence_note |                                 | | callback
agreed            | record_non_performance | breached            | mediator chief      | explanation       |                                    | | callback
mediating         | terminate              | terminated          | mediator enforcer   | ground explanation| complaint.mediate                  | complaint.terminate_notice
accepted          | terminate              | terminated          | mediator enforcer   | ground explanation| complaint.mediate                  | complaint.terminate_notice
accepted          | withdraw               | terminated          | mediator chief      | reason            | complaint.mediate                  | complaint.terminate_notice
performed         | close                  | closed              | mediator enforcer   | conclusion        |                                    | complaint.publicity
terminated        | close                  | closed              | mediator enforcer   | conclusion        |                                    | complaint.publicity
rejected          | close                  | closed              | mediator enforcer   | conclusion        |                                    |
closed            | reopen                 | reopened            | supervisor leader   | reason            |                                    | | handler
closed            | archive                | archived            | registrar chief     |                   |                                    |
entrusted         | start_mediation        | mediating           | mediator chief      |                   | entrust.report                     |
entrusted         | settle                 | agreed              | mediator chief      | agreement recovered_amount | complaint.mediate         |
entrusted         | terminate              | terminated          | mediator enforcer   | ground explanation| complaint.mediate                  | complaint.terminate_notice
entrusted         | pause                  | appraising          | mediator chief      | reason institution|                                    |
breached          | close                  | closed              | mediator enforcer   | conclusion        |                                    | complaint.publicity
breached          | confirm_performance    | performed           | mediator chief      | amount evidence_note |                                 | | callback
reopened          | dispatch               | dispatched          | dispatcher chief    | unit              |                                    | dispatch.return | handler
""",
    "report": f"""
registered        | supplement             | registered          | {SUPPLEMENT}        | reason            |                                    |
closed            | supplement             | closed              | {SUPPLEMENT}        | reason            |                                    |
registered        | return_to_platform     | closed              | dispatcher          | reason basis      |                                    |
registered        | mark_duplicate         | duplicate           | dispatcher          | of                |                                    |
registered        | refuse_jurisdiction    | no_jurisdiction     | enforcer chief      | authority text    | report.verify                      | report.no_jurisdiction
registered        | split                  | registered          | registrar dispatcher|                   |                                    |
registered        | dispatch               | dispatched          | dispatcher chief    | unit              |                                    | dispatch.return | handler
dispatched        | verify                 | verifying           | enforcer            |                   | dispatch.return                    |
dispatched        | return                 | returned            | enforcer            | reason explanation| dispatch.return                    | | dispatcher
dispatched        | respond                | dispatched          | enforcer chief      |                   | ticket.respond_10 dispatch.return  |
dispatched        | respond                | dispatched          | mediator {DESK}     |                   | ticket.respond_10                  |
verifying         | extend                 | extended            | enforcer            | rule reason       |                                    |
verifying         | pause                  | testing             | enforcer chief      | reason institution|                                    |
testing           | resume                 | verifying           | enforcer chief      |                   |                                    |
verifying         | file                   | filed               | enforcer            |                   | report.verify                      | case.penalty
verifying         | decline_filing         | not_filed           | enforcer            |                   | report.verify                      |
verifying         | transfer               | transferred         | enforcer            | to reason         | report.verify                      |
filed             | verify                 | filed               | enforcer            | colleague         |                                    |
filed             | decide_case            | decided             | enforcer            | decision document_no | case.penalty                       |
decided           | grant_reward           | decided             | enforcer            | amount basis      |                                    | | handler
closed            | grant_reward           | closed              | enforcer            | amount basis      |                                    | | handler
archived          | grant_reward           | archived            | enforcer            | amount basis      |                                    | | handler
decided           | close                  | closed              | enforcer            | conclusion        |                                    |
not_filed         | close                  | closed              | enforcer            | conclusion        |                                    |
extended          | file                   | filed               | enforcer            |                   | report.verify                      | case.penalty
extended          | decline_filing         | not_filed           | enforcer            |                   | report.verify                      |
extended          | pause                  | testing             | enforcer chief      | reason institution|                                    |
extended          | transfer               | transferred         | enforcer            | to reason         | report.verify                      |
transferred       | close                  | closed              | enforcer            | conclusion        |                                    |
no_jurisdiction   | close                  | closed              | enforcer            | conclusion        |                                    |
closed            | reopen                 | reopened            | supervisor leader   | reason            |                                    | | handler
closed            | archive                | archived            | registrar chief     |                   |                                    |
""",
    "consultation": f"""
registered        | supplement             | registered          | {SUPPLEMENT}        | reason            |                                    |
closed            | supplement             | closed              | {SUPPLEMENT}        | reason            |                                    |
registered        | return_to_platform     | closed              | dispatcher          | reason basis      |                                    |
registered        | answer                 | answered            | registrar mediator  | text              |                                    |
registered        | dispatch               | forwarded           | dispatcher chief    | unit              |                                    | consultation.answer | handler
forwarded         | answer                 | answered            | registrar mediator  | text              | consultation.answer                |
forwarded         | return                 | returned            | mediator            | reason explanation|                                    | | dispatcher
answered          | convert                | converted           | registrar dispatcher| kind              |                                    |
answered          | close                  | closed              | registrar mediator  | conclusion        |                                    |
closed            | reopen                 | reopened            | supervisor leader   | reason            |                                    | | handler
closed            | archive                | archived            | registrar chief     |                   |                                    |
""",
    "petition": f"""
registered        | supplement             | registered          | {SUPPLEMENT}        | reason            |                                    |
closed            | supplement             | closed              | {SUPPLEMENT}        | reason            |                                    |
registered        | dispatch               | dispatched          | dispatcher chief petition_officer | unit |                                   | | handler
dispatched        | return                 | returned            | petition_officer    | reason explanation|                                    | | dispatcher
registered        | object                 | objected            | petition_officer    | reason            |                                    |
registered        | route                  | routed              | petition_officer    | to text           | petition.notice                    |
registered        | refuse                 | not_accepted        | petition_officer    | ground explanation|                                    |
registered        | accept                 | accepted            | petition_officer    |                   | petition.notice                    | petition.handle
accepted          | assign_triple          | handling            | petition_officer leader | leader core_handler callback |                     | | handler
handling          | hold_hearing           | hearing             | petition_officer leader | note          |                                    |
handling          | extend                 | extended            | petition_officer    | rule reason       |                                    |
handling          | settle                 | mediated            | petition_officer mediator | agreement recovered_amount |                       |
handling          | reply                  | replied             | petition_officer leader | opinion text  | petition.handle                    | | callback
hearing           | reply                  | replied             | petition_officer leader | opinion text  | petition.handle                    | | callback
extended          | reply                  | replied             | petition_officer leader | opinion text  | petition.handle                    | | callback
mediated          | reply                  | replied             | petition_officer leader | opinion text  | petition.handle                    | | callback
replied           | evaluate               | evaluated           | registrar callback  | satisfaction      |                                    |
replied           | request_review         | reviewing           | petition_officer registrar |            |                                    | petition.review | handler
reviewing         | request_final_review   | final_reviewing     | petition_officer registrar |            |                                    | petition.final_review | handler
final_reviewing   | answer_final_review    | terminated          | petition_officer leader | opinion text  | petition.final_review              |
evaluated         | close                  | closed              | petition_officer    | conclusion        |                                    |
routed            | close                  | closed              | petition_officer    | conclusion        |                                    |
not_accepted      | close                  | closed              | petition_officer    | conclusion        |                                    |
objected          | settle_objection       | closed              | petition_officer    | agreed            |                                    |
replied           | close                  | closed              | petition_officer    | conclusion        |                                    |
reviewing         | close                  | closed              | petition_officer    | conclusion        |                                    |
terminated        | close                  | closed              | petition_officer    | conclusion        |                                    |
closed            | reopen                 | reopened            | supervisor leader   | reason            |                                    | | handler
closed            | archive                | archived            | registrar chief petition_officer |                   |                                    |
""",
}

# kind, verb: where it is possible beside the rows above; what is reopened here was accepted or filed
ALSO_FROM = {
    ("complaint", "split"): "dispatched returned reviewing reopened",
    ("complaint", "convert"): "returned",
    ("complaint", "dispatch"): "dispatched reviewing",
    ("complaint", "return"): "reviewing",
    ("complaint", "request_identity"): "dispatched",
    ("complaint", "accept"): "dispatched",
    ("complaint", "refuse"): "dispatched",
    ("complaint", "terminate"): "appraising suspended_recusal",
    ("complaint", "withdraw"): "registered returned reopened dispatched reviewing"
    " awaiting_identity mediating entrusted appraising suspended_recusal",
    ("report", "split"): "dispatched returned reopened",
    ("report", "mark_duplicate"): "dispatched returned",
    ("report", "refuse_jurisdiction"): "dispatched returned",
    ("report", "dispatch"): "dispatched returned reopened",
    ("report", "return"): "verifying",
    ("report", "verify"): "verifying extended",
    ("report", "extend"): "filed",
    ("report", "pause"): "filed",
    ("consultation", "answer"): "returned reopened",
    ("consultation", "dispatch"): "forwarded returned reopened",
    ("consultation", "convert"): "registered returned reopened forwarded",
    ("petition", "dispatch"): "dispatched returned reopened",
    ("petition", "object"): "dispatched returned",
    ("petition", "route"): "dispatched returned",
    ("petition", "refuse"): "dispatched returned",
    ("petition", "accept"): "dispatched returned",
    ("petition", "assign_triple"): "handling hearing extended mediated"
    " replied evaluated reviewing final_reviewing terminated",
    ("petition", "hold_hearing"): "extended",
    ("petition", "extend"): "hearing",
    ("petition", "settle"): "hearing extended mediated",
    ("petition", "evaluate"): "reviewing final_reviewing terminated closed archived",
    ("petition", "request_review"): "evaluated closed archived",
    ("petition", "request_final_review"): "accepted handling hearing extended mediated closed archived",
}  # fmt: skip
ALSO_FROM |= {(kind, "return_to_platform"): "returned reopened" for kind in WAYS}
ALSO_FROM |= {(kind, "reopen"): "archived" for kind in WAYS}
ENDED_ELSEWHERE = {"archived", "duplicate", "converted"}
ALSO_FROM |= {
    (kind, "supplement"): " ".join(states.keys() - ENDED_ELSEWHERE) for kind, states in WAYS.items()
}
IN_ANY_OPEN_STATE = {"respond", "contact"}


class Row(NamedTuple):
    kind: str
    frm: str
    verb: str
    to: str
    who: list[str]
    said: list[str]
    meets: list[str]
    starts: list[str]
    tells: list[str] = []

    def __str__(self) -> str:
        return f"{self.kind}: {self.frm} -{self.verb}-> {self.to}"


def read() -> Iterator[Row]:
    for kind, text in BOOK.items():
        for line in text.strip().splitlines():
            frm, verb, to, *lists = (cell.strip() for cell in line.split("|"))
            yield Row(kind, frm, verb, to, *(cell.split() for cell in lists))


ROWS = list(read())


def possible_from(kind: str, verb: str) -> set[str]:
    by_the_book = {row.frm for row in ROWS if (row.kind, row.verb) == (kind, verb)}
    return by_the_book | set(ALSO_FROM.get((kind, verb), "").split())


@pytest.fixture
def cast(agency, clock):
    clock.set(MORNING)
    return Cast(agency)


@contextmanager
def nothing_written() -> Iterator[None]:
    """Whoever is refused within it leaves no event, of any case."""
    events = CaseEvent.objects.count()
    yield
    assert CaseEvent.objects.count() == events


def refused(cast: Cast, case: Case, verb: str, role: str) -> bool:
    """Whether it was refused in words: not undone here, so that what it left would be seen."""
    try:
        cast.act(case, verb, role)
    except (Forbidden, NotThere, RuleViolation):  # not there: was never referred
        return True
    return False


@pytest.mark.parametrize("kind", WAYS)
def test_a_life_goes_by_the_book_and_not_otherwise(cast, clock, subtests, kind):
    for state, case in cast.each_state(kind):
        for row in ROWS:
            if (row.kind, row.frm) == (kind, state):
                with subtests.test(row=str(row)), undone():
                    assert_the_book_is_kept(cast, clock, made_ready(cast, case, row), row)
        with subtests.test(state=state):
            assert_nothing_else_is_done(cast, case, state)


def assert_the_book_is_kept(cast: Cast, clock, case: Case, row: Row) -> None:
    told = outbox(case, row.verb)

    for role in row.who:
        with undone():
            assert cast.act(case, row.verb, role).state == row.to, role
            assert_clocks_follow(case, row, clock.now)
            assert outbox(case, row.verb) == told + row.tells, role
    with nothing_written():
        for role in set(ROLES) - allowed_to(row):
            assert refused(cast, case, row.verb, role), role
    assert_nothing_may_be_left_out(cast, case, row)
    assert_a_clock_is_met_up_to_its_last_moment(cast, clock, case, row)
    cast.act(case, row.verb, row.who[0])
    assert invariants.check()[1] == []


def allowed_to(row: Row) -> set[str]:
    """Whose verb it is here, wherever it leads them."""
    return {who for r in ROWS if (r.kind, r.frm, r.verb) == row[:3] for who in r.who}


def made_ready(cast: Cast, case: Case, row: Row) -> Case:
    """The case before the move; who wants to end a life has answered the citizen before, and
    what was settled out there is taken back once the citizen has denied it.
    """
    if (row.frm, row.verb) == ("settled", "recall"):
        cast.act(case, "follow_up", "callback", satisfaction="dissatisfied", kept=False)
    if row.to in ENDED and case.tickets.filter(responded_at=None).exists():
        cast.act(case, "contact", "dispatcher")
    return Case.objects.get(pk=case.pk)


def outbox(case: Case, verb: str) -> list[str]:
    """Whom the verb told, each time: the handler by name, or the unit for want of one; a role,
    or by name who was asked to call back.
    """
    told = Notification.objects.filter(subject="cases.case", subject_id=case.pk, topic=verb)
    asked = Callback.objects.filter(case=case).values_list("officer", flat=True)
    return [
        "handler" if n.target == "unit" or n.target == "user" and n.handler_id not in asked
        else "callback" if n.target == "user" else n.target
        for n in told.order_by("pk")
    ]  # fmt: skip


def assert_clocks_follow(case: Case, row: Row, now: datetime) -> None:
    for rule in row.meets:
        assert clock_of(case, rule).met_at == now, rule
    for rule in row.starts:
        assert case.deadlines.open().get(rule__code=rule).starts_at == now, rule


def assert_nothing_may_be_left_out(cast: Cast, case: Case, row: Row) -> None:
    client = cast.agency.client(f"x_{row.who[0]}")
    body = {name: str(said) if name == "until" else said
            for name, said in cast.body(case, row.verb).items()}  # fmt: skip
    before = (case.state, case.events.count())
    for name in row.said:
        status, problem = client.post(
            f"cases/{case.no}/{row.verb}/", {k: v for k, v in body.items() if k != name}
        )
        assert (status, list(problem["errors"])) == (400, [name]), problem
    case.refresh_from_db()
    assert (case.state, case.events.count()) == before


def assert_a_clock_is_met_up_to_its_last_moment(cast: Cast, clock, case: Case, row: Row) -> None:
    """The moment before, the last moment, and the moment after."""
    start = clock.now
    for rule in row.meets:
        due_at = case.deadlines.open().get(rule__code=rule).due_at
        for offset, state in ((-1, "met"), (0, "met"), (1, "met_late")):
            with undone():
                clock.set(due_at + offset * deadlines.MOMENT_AFTER)
                cast.act(case, row.verb, row.who[0])
                assert clock_of(case, rule).state_at(clock.now) == state, (rule, offset)
        clock.set(start)


def assert_nothing_else_is_done(cast: Cast, case: Case, state: str) -> None:
    """What the book does not know here is refused to everybody who may do it elsewhere."""
    rows = [row for row in ROWS if row.kind == case.kind and row.verb not in IN_ANY_OPEN_STATE]
    verbs = {row.verb for row in rows if state not in possible_from(case.kind, row.verb)}
    with nothing_written():
        for verb in sorted(verbs):
            for role in {who for row in rows if row.verb == verb for who in row.who}:
                assert refused(cast, case, verb, role), (verb, role)


def test_every_state_of_the_book_is_reached():
    assert {(row.kind, row.frm) for row in ROWS} <= {
        (kind, state) for kind, states in WAYS.items() for state in states
    }


@pytest.mark.parametrize("kind", WAYS)
def test_a_life_begins_registered_with_the_clocks_of_its_kind(cast, clock, kind):
    case = cast.case(kind)

    started = {
        "complaint": {"complaint.accept"}, "report": {"report.verify"}, "consultation": set(),
        "petition": {"petition.notice"},
    }  # fmt: skip
    own = case.deadlines.filter(ticket=None).values_list("rule__code", flat=True)
    assert (case.state, set(own)) == ("registered", started[kind])
    assert case.deadlines.filter(rule__code="ticket.respond_10").exists() == (kind != "petition")


def test_a_case_that_loses_its_only_ticket_is_merged_and_its_clocks_end(cast, clock):
    case, other = cast.case("complaint"), cast.case("complaint")
    clock.shift(timedelta(minutes=1))

    cast.act(case, "link_ticket", "dispatcher", ticket=other.tickets.get().no)

    other.refresh_from_db()
    assert (other.state, other.merged_into) == ("merged", case)
    assert not other.deadlines.open().exists()
