"""A merchant under all its names: what counts as one, what may, and the way back."""

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Count
from django.http import Http404, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from agency.core.admin.base import GuardedAdmin, ReadOnly
from agency.core.errors import Forbidden, Invalid, NotThere, RuleViolation
from agency.core.models import User
from cases import alike, merchants, search
from cases.admin.filters import KnownValues
from cases.models import Case, Merchant, MerchantMerge
from cases.workflow import merging


class TwinFilter(KnownValues):
    title, parameter_name = _("written like another"), "twins"

    def lookups(self, request, model_admin):
        return [("1", _("may be one with another"))]

    def queryset(self, request, queryset):
        return alike.with_twins(queryset, request.user) if self.value() == "1" else queryset


@admin.register(Merchant)
class MerchantAdmin(ReadOnly, GuardedAdmin):
    """Chiefs and leaders say which merchants are one business, as far as they see its cases."""

    list_display = ["name", "uscc", "head"]
    list_filter = [TwinFilter]
    list_select_related = ["head"]
    list_filter_sheet = False
    search_fields = ["name", "uscc"]
    ordering = ["-pk"]

    def get_queryset(self, request):
        return merchants.seen_by(request.user)

    def get_search_results(self, request, queryset, search_term):
        """By code, and by the name as it is written or sounds, as cases are found."""
        found = search.merchants_among(queryset, search_term) if search_term else queryset
        return found, False

    def change_view(self, request, object_id, form_url="", extra_context=None):
        """GET the page; POST merges ``merged`` into this one, or parts the merging ``merge``."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        found = self.get_queryset(request).select_related("head")
        merchant = found.filter(pk=object_id[:18]).first() if object_id.isdecimal() else None
        if merchant is None:
            raise Http404
        head, faults = merchant.head or merchant, []
        if request.method == "POST":
            faults = _done(request, head)
            if not faults:
                return HttpResponseRedirect(reverse("admin:cases_merchant_change", args=[head.pk]))
        page = {**self.admin_site.each_context(request), **_context(head, request.user)}
        page |= {"faults": faults, "typed": request.POST}
        return render(request, "cases/merchant.html", page, status=400 if faults else 200)


def _done(request, head: Merchant) -> list[str]:
    """What was asked for, done; or why it was not."""
    typed = request.POST
    reason = typed.get("reason", "")[:300]
    merge, merged = _key(typed.get("merge", "")), _key(typed.get("merged", ""))
    try:
        if merge:
            merging.part_merchants(merge, by=request.user, reason=reason)
        elif merged:
            merging.merge_merchants(
                head.pk, merged, by=request.user,
                relation=typed.get("relation", ""), reason=reason,
            )  # fmt: skip
    except Invalid as error:
        return [text for texts in error.errors.values() for text in texts]
    except RuleViolation as error:
        return [str(error)]
    except Forbidden:
        raise PermissionDenied from None
    except NotThere:
        raise Http404 from None
    return [] if merge or merged else [_("Choose the other merchant.")]


def _key(typed: str) -> int:
    return int(typed[:18]) if typed.isascii() and typed.isdecimal() else 0


def _context(head: Merchant, user: User) -> dict:
    names = list(merchants.seen_by(user).filter(pk__in=head.same).order_by("pk"))
    likely = alike.alike(head, user)
    cases = _counted([*names, *(one.merchant for one in likely)], user)
    merges = MerchantMerge.objects.filter(into__in=head.same, merged__in=merchants.seen_by(user))
    merges = merges.select_related("into", "merged", "by", "parting__by").order_by("-pk")[:50]
    return {
        "title": head.name, "merchant": head, "relations": MerchantMerge.Relation.choices,
        "names": [(named, cases.get(named.pk, 0)) for named in names],
        "likely": [(one, cases.get(one.merchant.pk, 0)) for one in likely], "merges": merges,
    }  # fmt: skip


def _counted(named: list[Merchant], user: User) -> dict[int, int]:
    """How many cases ``user`` sees of each."""
    cases = Case.objects.visible_to(user).filter(merchant__in=named).order_by()
    return dict(cases.values_list("merchant").annotate(Count("pk")))
