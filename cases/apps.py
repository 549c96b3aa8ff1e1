from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CasesConfig(AppConfig):
    name = "cases"
    verbose_name = _("case work")

    def ready(self) -> None:
        from agency.core import vocabulary
        from agency.core.notifications import receivers, words
        from cases import channels, lifecycle, notices

        words.speak_for("cases.casedeadline", notices.tell)
        words.speak_for("cases.case", notices.tell_of_rulings)
        receivers.taken_by("cases.casedeadline", notices.takers)
        vocabulary.learn("kinds", lambda: lifecycle.Kind.choices)
        vocabulary.learn("channels", channels.names)
        vocabulary.learn("starts_on", lambda: [("ticket_arrived", "ticket_arrived")])
        vocabulary.learn("met_by", lambda: [(verb, verb) for verb in lifecycle.verbs()])
