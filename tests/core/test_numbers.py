"""The numbers of issued documents: no gap, no double, also where several are taken at once."""

import random
from functools import partial

import pytest
from django.db import transaction

from agency.core.models import NumberSeries
from tests.threads import in_threads

SERIES = "厦市监投受〔2026〕第#号"


class Undone(Exception):
    """What went wrong after a number was taken."""


def take(*, undo: bool = False, name: str = SERIES) -> str | None:
    """A number, or None where the transaction that took it was rolled back."""
    try:
        with transaction.atomic():
            number = NumberSeries.take(name)
            if undo:
                raise Undone
            return number
    except Undone:
        return None


@pytest.mark.django_db
def test_each_series_counts_for_itself():
    assert [take(), take()] == ["厦市监投受〔2026〕第1号", "厦市监投受〔2026〕第2号"]
    assert take(name="厦消约〔2026〕#号") == "厦消约〔2026〕1号"
    assert take(name="厦市监投受〔2027〕第#号") == "厦市监投受〔2027〕第1号"


@pytest.mark.django_db
def test_what_is_rolled_back_leaves_no_gap():
    assert [take(undo=True), take(), take(undo=True), take()] == [
        None, "厦市监投受〔2026〕第1号", None, "厦市监投受〔2026〕第2号",
    ]  # fmt: skip


@pytest.mark.django_db(transaction=True)
def test_a_number_is_taken_in_a_transaction_only():
    with pytest.raises(transaction.TransactionManagementError):
        NumberSeries.take(SERIES)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("seed", range(5))
def test_several_at_once_get_every_number_once(seed):
    """Also the first ones of a series, and with rollbacks between them."""
    undone = [random.Random(seed * 10 + n).random() < 0.4 for n in range(24)]

    def clerk(undos) -> list:
        return [take(undo=undo) for undo in undos]

    given = in_threads(*(partial(clerk, undone[at::6]) for at in range(6)))

    numbers = sorted(int(n[12:-1]) for one in given for n in one if n)
    assert numbers == list(range(1, undone.count(False) + 1))
    assert NumberSeries.objects.get().last == len(numbers)
