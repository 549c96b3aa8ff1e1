from agency.core import invariants
from agency.core.console import AnswerError, JsonCommand


class Command(JsonCommand):
    help = "Ask the database whether anything is true that must never be true; read-only."

    def answer(self, **options):
        checked, violations = invariants.check()
        answer = {"checked": checked, "violations": violations}
        if violations:
            raise AnswerError(f"{len(violations)} invariants are violated.", answer)
        return answer
