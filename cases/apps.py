from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CasesConfig(AppConfig):
    name = "cases"
    verbose_name = _("cases")

    def ready(self) -> None:
        from agency.core.notifications import words
        from cases import notices

        words.speak_for("cases.casedeadline", notices.tell)
        words.speak_for("cases.case", notices.tell_of_rulings)
