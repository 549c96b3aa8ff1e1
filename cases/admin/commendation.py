"""Banners and thank-you letters."""

from django import forms
from django.contrib import admin
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminTextInputWidget

from agency.core import clock
from agency.core.admin.base import GuardedAdmin
from agency.core.models import Unit
from cases import commendations
from cases.calendar import day_of
from cases.models import Case, Commendation


class CommendationForm(forms.ModelForm):
    """A case is named by its number: nobody chooses among all of them."""

    case_no = forms.CharField(
        label=gettext_lazy("case number"), required=False, max_length=20,
        widget=UnfoldAdminTextInputWidget,
    )  # fmt: skip

    class Meta:
        model = Commendation
        fields = ["received_on", "type", "unit"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if self.instance.case_id:
            self.fields["case_no"].initial = self.instance.case.no

    def clean_received_on(self):
        day = self.cleaned_data["received_on"]
        if why := commendations.not_yet(day, day_of(clock.now())):
            raise forms.ValidationError(why)
        return day

    def clean_case_no(self):
        no = self.cleaned_data["case_no"].strip()
        self.instance.case = Case.objects.visible_to(self.user).filter(no=no).first()
        if no and self.instance.case is None:
            raise forms.ValidationError(_("There is no such case."))
        return no


@admin.register(Commendation)
class CommendationAdmin(GuardedAdmin):
    """What was received in one's own units; written by ``commendations.record``."""

    form = CommendationForm
    fields = ["received_on", "type", "unit", "case_no"]
    list_display = ["received_on", "type", "unit", "case"]
    list_filter = ["type"]
    list_select_related = ["unit", "case"]

    def get_queryset(self, request):
        return Commendation.objects.visible_to(request.user)

    def get_form(self, request, obj=None, change=False, **kwargs):
        form = super().get_form(request, obj, change, **kwargs)
        return type(form.__name__, (form,), {"user": request.user})

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        if db_field.name == "unit":
            kwargs["queryset"] = Unit.objects.subtree(request.user.unit)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def save_model(self, request, obj, form, change):
        commendations.record(obj, by=request.user)
