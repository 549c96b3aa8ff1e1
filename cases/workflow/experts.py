"""What the experts are asked about a case, and what they say."""

from datetime import datetime, timedelta

from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext as _

from agency.core.errors import Invalid, RuleViolation
from agency.core.models import Notification, User
from agency.core.roles import Role
from cases import acts
from cases.models import Case, CaseEvent, Opinion
from cases.recusals import check_may_handle, recused

Kinds = CaseEvent.Kind

TIME_TO_ANSWER, LONGEST = timedelta(days=7), timedelta(days=60)


def pool(case: Case) -> QuerySet[User]:
    """The experts who may say something of it, those first whose fields the case is of."""
    ours = [pk for pk in (case.category_id, case.category and case.category.parent_id) if pk]
    fits = Count("profile__fields", filter=Q(profile__fields__in=ours))
    experts = User.objects.at_work().filter(role=Role.EXPERT)
    experts = experts.exclude(pk__in=recused(case))
    return experts.annotate(fits=fits).order_by("-fits", "name")


def ask_expert(
    no: str, *, by: User, expert: str, question: str, until: datetime | None = None
) -> Case:
    """Ask somebody of the pool (a username); until then they see the case, masked."""
    with acts.begin(no, "ask_expert", by) as act:
        asked = User.objects.at_work().filter(role=Role.EXPERT, username=expert).first()
        if asked is None:
            raise Invalid({"expert": [_("There is no such expert.")]})
        check_may_handle(asked, act.case)
        until = until or act.at + TIME_TO_ANSWER
        if not act.at < until <= act.at + LONGEST:
            raise Invalid({"until": [_("Give them between now and sixty days.")]})
        if act.case.opinions.open_to(asked).filter(given_at=None).exists():
            raise RuleViolation(_("This expert is asked already."))
        opinion = Opinion.objects.create(
            case=act.case, expert=asked, question=question, by=by, asked_at=act.at, until=until
        )
        act.take_effect()
        act.record(Kinds.EXPERT_ASKED, opinion=opinion.pk, handler=asked.username)
        _tell(opinion, "opinion_asked", asked, act.at)
    return act.case


def give_opinion(no: str, *, by: User, opinion: str) -> Case:
    """The expert's answer; given once, within its time."""
    with acts.begin(no, "give_opinion", by) as act:
        check_may_handle(by, act.case)
        asked = act.case.opinions.open_to(by).filter(given_at=None).order_by("pk").first()
        if asked is None:
            raise RuleViolation(_("You have answered, or your time has run out."))
        asked.text, asked.given_at = opinion, act.at
        asked.save(update_fields=["text", "given_at"])
        act.take_effect()
        act.record(Kinds.OPINION_GIVEN, opinion=asked.pk)
        told = (act.case.handler, asked.by)
        still_here = next((who for who in told if who and who.is_active), None)
        _tell(asked, "opinion_given", still_here, act.at)
    return act.case


def _tell(opinion: Opinion, topic: str, person: User | None, at: datetime) -> None:
    """``person`` None: the unit, for neither who asked nor who handles it is there any more."""
    Notification.objects.create(
        dedup_key=f"{topic}:{opinion.pk}", topic=topic, target="user" if person else "unit",
        handler=person,
        unit=opinion.case.unit, subject="cases.case", subject_id=opinion.case_id, created_at=at,
    )  # fmt: skip
