"""The units and people that a verb's form offers."""

from collections.abc import Callable, Collection
from os.path import commonprefix

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from agency.core.models import Unit, User
from cases import firms
from cases.admin.asked import Asked
from cases.admin.fields import Option
from cases.admin.labels import NOBODY
from cases.lifecycle import roles_of, whose_work
from cases.models import Case
from cases.workflow.hands import had_it, officers
from cases.workflow.load import with_load
from cases.workflow.mediation import MEDIATORS, usual_mediator

CALLERS = roles_of("follow_up")


def units(on: Asked) -> list[Option]:
    ours = Unit.objects.subtree(on.user.unit)
    return [("", "—"), *((unit.code, unit.name) for unit in ours if not unit.is_external)]


def takers(on: Asked) -> list[Option]:
    """Outlets and firms that take referrals now: first the firm that the complaint is about, then
    the nearest to the case's unit.
    """
    operators = User.objects.filter(is_active=True).values("unit")
    able = Unit.objects.filter(takes_referrals=True, pk__in=operators).select_related("parent")
    home, able = on.case.unit.path, list(able)
    theirs = firms.respondents(on.case, able)

    def distance(unit: Unit) -> tuple[bool, int, bool]:
        far = -len(commonprefix([unit.path, home]))
        return unit.pk not in theirs, far, unit.kind == Unit.Kind.ODR

    def name(unit: Unit) -> str:
        said = f"{unit.name} · {unit.parent.name}"
        return _("%(name)s; the respondent") % {"name": said} if unit.pk in theirs else said

    return [("", "—"), *((unit.code, name(unit)) for unit in sorted(able, key=distance))]


def another_firm(on: Asked) -> str:
    """Why the firm that was chosen must be confirmed; "" where it is who the complaint is about, or
    an outlet.
    """
    chosen = Unit.objects.filter(code=on.typed.get("outlet", ""), kind=Unit.Kind.ODR).first()
    if chosen is None or firms.respondents(on.case, [chosen]):
        return ""
    told = {"firm": chosen.name, "merchant": on.case.merchant or _("no merchant is named")}
    return (
        _(
            "%(firm)s is not who the complaint is about (%(merchant)s): a firm answers for itself and for "
            "those who sell on its platform. Tick that it shall have it all the same."
        )
        % told
    )


def named(people: QuerySet[User], first: Collection[str] = ()) -> list[Option]:
    """With how much each has in hand; before the others who has one of the roles ``first``."""
    found = list(with_load(people).select_related("unit").order_by("unit__path", "name"))
    found.sort(key=lambda user: user.role not in first)
    text = _("%(name)s (%(unit)s, %(role)s), load %(load)d")
    return [
        (u.username, text % {
            "name": u.name, "unit": u.unit.name, "role": u.get_role_display(), "load": u.load
        })
        for u in found
    ]  # fmt: skip


def _for(post: str, people: QuerySet[User], case: Case) -> list[Option]:
    """Said of who could call back: whoever is named in a case does not; and of who handled it
    before it was opened again: the others stand before them.
    """
    if post == "handler":
        had = _usernames(had_it(case))
        found = sorted(named(people, whose_work(case.kind)), key=lambda option: option[0] in had)
        return _remarked(found, had, _("%(name)s; had it before"))
    callers = _usernames(people.filter(role__in=CALLERS)) if post == "follow_up" else set()
    return _remarked(named(people), callers, _("%(name)s; does not call back then"))


def _usernames(people: QuerySet[User]) -> set[str]:
    return set(people.values_list("username", flat=True))


def _remarked(found: list[Option], whom: Collection[str], remark: str) -> list[Option]:
    return [(who, remark % {"name": name} if who in whom else name) for who, name in found]


def of_unit(post: str) -> Callable[[Asked], list[Option]]:
    """Of the unit chosen; nobody before one is."""

    def offer(on: Asked) -> list[Option]:
        unit = _chosen_unit(on)
        found = officers(on.case, post, unit) if unit else User.objects.none()
        return [("", str(NOBODY) if post == "handler" else "—"), *_for(post, found, on.case)]

    return offer


def _chosen_unit(on: Asked) -> Unit | None:
    code = on.typed.get("unit", on.case.unit.code if on.case.unit.parent_id else "")
    return Unit.objects.subtree(on.user.unit).filter(code=code).first()


def others(post: str) -> Callable[[Asked], list[Option]]:
    """Who may take the post where the case is now; none named: it stays as it is."""

    def offer(on: Asked) -> list[Option]:
        return [
            ("", _("as it is")),
            *_for(post, officers(on.case, post, on.case.unit), on.case),
        ]

    return offer


def mediators(on: Asked) -> list[Option]:
    """Who may lead a mediation; not again who led it until now."""
    now = on.case.mediations.filter(ended_at=None).values("mediator")
    people = officers(on.case, "handler", on.case.unit).filter(role__in=MEDIATORS)
    people = people.exclude(pk__in=now.exclude(mediator=None))
    if on.verb.name == "decide_recusal":
        return [("", "—"), *named(people)]
    usual = usual_mediator(on.case, on.user)
    return [("", usual.name), *named(people.exclude(pk=usual.pk))]


def colleagues(on: Asked) -> list[Option]:
    """Who may verify beside the handler: whoever names them, too, where another handles it."""
    people = officers(on.case, "handler", on.case.unit)
    people = people.exclude(pk=on.case.handler_id or on.user.pk)
    return [("", _("not named yet")), *named(people)]


def responsible(post: str) -> Callable[[Asked], list[Option]]:
    """Who may take this part in the three-level responsibility."""
    return lambda on: [("", "—"), *named(officers(on.case, post, on.case.unit))]


def responsible_now(post: str) -> Callable[[Asked], str]:
    def begin(on: Asked) -> str:
        latest = on.case.responsibilities.order_by("pk").last()
        if latest:
            return getattr(latest, post).username
        offered = [code for code, _name in responsible(post)(on) if code]
        is_officer = post == "core_handler" and on.user.username in offered
        return on.user.username if is_officer else offered[0] if len(offered) == 1 else ""

    return begin
