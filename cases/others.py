"""Whom the texts of many cases may name beside each one's own person: for lists and the search."""

from collections import defaultdict
from collections.abc import Iterable

from cases.models import Case, CaseEvent, Supplement


def know_others(cases: Iterable[Case]) -> list[Case]:
    """``cases``, each with whom else it may name: as one case by itself reads it.

    A few statements, and more only for those that ever told of somebody else. Wants the tickets
    read with their people.
    """
    cases = list(cases)
    several = _of_several(cases) | _corrected(cases)
    for case in cases:
        if case.pk in several or case.became_id:
            case.know_others()
        else:
            case.others = [ticket.consumer for ticket in case.tickets.all() if ticket.consumer]
    return cases


def _corrected(cases: Iterable[Case]) -> set[int]:
    """Those whose citizen was written down wrongly at first."""
    told = Supplement.objects.filter(case__in={case.pk for case in cases})
    return set(told.exclude(was_person=None).values_list("case", flat=True))


def _of_several(cases: Iterable[Case]) -> set[int]:
    """Those that ever had a ticket beside their own, or whose ticket was ever elsewhere."""
    keys = {case.pk for case in cases}
    been: dict[int, set[int]] = defaultdict(set)
    for case in cases:
        for ticket in case.tickets.all():
            been[ticket.pk].add(case.pk)
    here = CaseEvent.objects.filter(case__in=keys).exclude(ticket=None)
    tickets = {*been, *here.values_list("ticket", flat=True)}
    told = CaseEvent.objects.filter(ticket__in=tickets).values_list("ticket", "case").distinct()
    for ticket, case in told:
        been[ticket].add(case)
    several = {case for places in been.values() if len(places) > 1 for case in places}
    count: dict[int, int] = defaultdict(int)
    for places in been.values():
        for case in places:
            count[case] += 1
    return keys & (several | {case for case, number in count.items() if number > 1})
