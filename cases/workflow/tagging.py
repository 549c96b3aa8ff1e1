"""Topics put on a case, and taken off again."""

from django.utils.translation import gettext as _

from agency.core.calendar import SHANGHAI
from agency.core.errors import Invalid, RuleViolation
from agency.core.models import User
from cases import acts, clocks
from cases.acts import Act
from cases.excluded import check_may_stay_out
from cases.models import Case, CaseEvent, CaseTopic, Topic

Kinds = CaseEvent.Kind


def tag(no: str, *, by: User, topic: str) -> Case:
    """Put a topic on the case: from then on it is first where the topic is, with its limits."""
    with acts.begin(no, "tag", by) as act:
        named = _named(topic)
        if not named.is_on(act.at.astimezone(SHANGHAI).date()):
            raise Invalid({"topic": [_("This topic is not in use today.")]})
        if act.case.case_topics.filter(topic=named).exists():
            raise RuleViolation(_("This case has the topic already."))
        put_on(act, named)
        check_may_stay_out(act.case)
    return act.case


def put_on(act: Act, topic: Topic) -> None:
    """Let the case be of the topic from now on, with its limits."""
    CaseTopic.objects.create(case=act.case, topic=topic, by=act.by, at=act.at)
    clocks.start_for(act.case, topic, at=act.at)
    _changed(act, topic, is_on=True)


def untag(no: str, *, by: User, topic: str) -> Case:
    """Take a topic off: the limits that it alone put on the case end with it."""
    with acts.begin(no, "untag", by) as act:
        named = _named(topic)
        taken_off, _models = act.case.case_topics.filter(topic=named).delete()
        if not taken_off:
            raise Invalid({"topic": [_("This case has no such topic.")]})
        clocks.stop_for(act.case, named, at=act.at)
        _changed(act, named, is_on=False)
    return act.case


def _named(code: str) -> Topic:
    topic = Topic.objects.filter(code=code).first()
    if topic is None:
        raise Invalid({"topic": [_("There is no such topic.")]})
    return topic


def _changed(act: Act, topic: Topic, *, is_on: bool) -> None:
    act.case.is_priority = any(left.comes_first for left in act.case.topics.all())
    act.take_effect()
    act.record(Kinds.TOPIC_CHANGED, topic=topic.code, on=is_on)
