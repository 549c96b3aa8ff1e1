from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class OutletsConfig(AppConfig):
    name = "outlets"
    verbose_name = _("outlet work")

    def ready(self) -> None:
        from agency.core import duties, vocabulary
        from agency.core.notifications import receivers, words
        from cases import firms
        from outlets import lifecycle, notices, odr_figures
        from outlets.workflow import proposing, reporting

        words.speak_for("outlets.outletdeadline", notices.tell)
        receivers.taken_by("outlets.outletdeadline", notices.takers)
        words.speak_for("outlets.outlet", notices.tell_of_outlets)
        firms.coded_by(odr_figures.codes_of)
        duties.also(reporting.months_to_begin)
        duties.also(proposing.silent_to_propose)
        vocabulary.learn("kinds", lambda: [(lifecycle.KIND, _("outlet"))])
        vocabulary.learn("starts_on", lambda: lifecycle.Milestone.choices)
        vocabulary.learn("met_by", lambda: lifecycle.Milestone.choices)
