from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class InterviewsConfig(AppConfig):
    name = "interviews"
    verbose_name = _("interview work")

    def ready(self) -> None:
        from agency.core import vocabulary
        from agency.core.notifications import receivers, words
        from interviews import lifecycle, notices
        from interviews.models import Interview

        words.speak_for("interviews.interviewdeadline", notices.tell)
        words.speak_for("interviews.interview", notices.tell_of_interviews)
        receivers.taken_by("interviews.interviewdeadline", notices.takers)
        vocabulary.learn("kinds", lambda: Interview.Kind.choices)
        vocabulary.learn("starts_on", lambda: lifecycle.Milestone.choices)
        vocabulary.learn("met_by", lambda: lifecycle.Milestone.choices)
