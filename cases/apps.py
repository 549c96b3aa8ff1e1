from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CasesConfig(AppConfig):
    name = "cases"
    verbose_name = _("case work")

    def ready(self) -> None:
        from agency.core import duties, vocabulary
        from agency.core.notifications import receivers, words
        from cases import channels, lifecycle, notices, on_duty, topics
        from cases.search import index
        from cases.workflow import referrals, relief, time

        words.speak_for("cases.casedeadline", notices.tell)
        words.speak_for("cases.case", notices.tell_of_cases)
        words.speak_for("cases.caseevent", notices.tell_of_events)
        words.speak_for("core.access", notices.tell_of_exports)
        receivers.taken_by("cases.casedeadline", notices.takers)
        receivers.taken_by("cases.case", notices.takers_of_cases)
        receivers.dispatched_by("cases.casedeadline", on_duty.dispatchers)
        receivers.dispatched_by("cases.case", on_duty.dispatchers)
        receivers.kept_from("cases.case", notices.barred_from_cases)
        duties.also(relief.relieve_silent)
        duties.also(referrals.silent_to_bring_home)
        duties.also(time.outlived_to_lapse)
        duties.also(index.index_pending)
        vocabulary.learn("kinds", lambda: lifecycle.Kind.choices)
        vocabulary.learn("channels", channels.names)
        vocabulary.learn("starts_on", lambda: lifecycle.Milestone.choices)
        vocabulary.learn("met_by", lambda: lifecycle.Milestone.choices)
        vocabulary.learn("topics", topics.names)
        vocabulary.learn("pauses", lambda: lifecycle.PauseReason.choices)
