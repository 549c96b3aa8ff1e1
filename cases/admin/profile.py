"""Who mediates and who advises: fields, law training, and whose cases they may not handle."""

from django import forms
from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from unfold.admin import TabularInline
from unfold.widgets import UnfoldAdminTextInputWidget

from agency.core.admin.base import GuardedAdmin
from agency.core.models import User
from agency.core.text import clean
from cases.models import Category, Merchant, Profile, Recusal, Training

MOST_KEPT = 200
"""So many lines of training and recusals fit on a page."""


class RecusalForm(forms.ModelForm):
    """The merchant is typed, by name or credit code: nobody picks one out of thousands."""

    merchant = forms.CharField(
        label=_("Merchant: name or credit code"), max_length=200, widget=UnfoldAdminTextInputWidget
    )

    class Meta:
        model = Recusal
        fields = ["merchant", "reason", "ended_on"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.initial["merchant"] = self.instance.merchant.uscc or self.instance.merchant.name

    def clean_merchant(self):
        told = clean(self.cleaned_data["merchant"])
        coded = Merchant.objects.filter(uscc=told.upper()).exclude(uscc="").first()
        found = coded or Merchant.objects.filter(name=told).order_by("pk").first()
        if found is None:
            raise forms.ValidationError(_("No case names such a merchant."))
        return found


class Lines(TabularInline):
    extra = 1
    max_num = MOST_KEPT
    can_delete = False


class TrainingLines(Lines):
    model = Training


class RecusalLines(Lines):
    model = Recusal
    form = RecusalForm


@admin.register(Profile)
class ProfileAdmin(GuardedAdmin):
    """Chiefs and leaders keep the profiles of their people."""

    fields = ["person", "fields", "note"]
    list_display = ["name", "role", "unit"]
    list_select_related = ["person__unit"]
    filter_horizontal = ["fields"]
    inlines = [TrainingLines, RecusalLines]

    def get_queryset(self, request):
        below = {"person__unit__path__startswith": request.user.unit.path}
        return super().get_queryset(request).filter(**below)

    def get_readonly_fields(self, request, obj=None):
        return ["person"] if obj else []

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        if db_field.name == "person":
            below = User.objects.filter(unit__path__startswith=request.user.unit.path)
            kwargs["queryset"] = below.filter(is_active=True, profile=None).order_by("name")
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def formfield_for_manytomany(self, db_field, request, **kwargs):
        kwargs["queryset"] = Category.objects.filter(is_active=True)
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    @admin.display(description=_("name"))
    def name(self, profile):
        return profile.person.name

    @admin.display(description=_("role"))
    def role(self, profile):
        return profile.person.get_role_display()

    @admin.display(description=_("unit"))
    def unit(self, profile):
        return profile.person.unit.name
