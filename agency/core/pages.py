"""Pages of a long list: a cursor names the last row shown, and the next page begins after it."""

import re

from django.db.models import Q
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.pagination import Cursor, CursorPagination

from agency.core.fields import Moment

ID = re.compile(r"[0-9]{1,18}")


class Pages(CursorPagination):
    """Ordered by the id, or by a moment and the id: many rows may share a moment.

    ``next`` and ``previous`` lead to every row once, whatever comes or goes meanwhile. A
    cursor without a position stands at the end one comes from.
    """

    page_size = 50
    max_page_size = 200
    page_size_query_param = "page_size"
    ordering: tuple[str, ...] = ("-id",)

    def paginate_queryset(self, queryset, request, view=None):
        self.request, self.base_url = request, request.build_absolute_uri()
        size = self.get_page_size(request)
        cursor = self.decode_cursor(request) or Cursor(offset=0, reverse=False, position=None)
        order = _turned(self.ordering) if cursor.reverse else self.ordering
        if cursor.position is not None:
            queryset = queryset.filter(self._beyond(order, cursor.position))
        found = list(queryset.order_by(*order)[: size + 1])
        sides = len(found) > size, cursor.position is not None
        self.has_next, self.has_previous = reversed(sides) if cursor.reverse else sides
        self.page = found[:size][::-1] if cursor.reverse else found[:size]
        return self.page

    def _beyond(self, order: tuple[str, ...], position: str) -> Q:
        """What comes after ``position``. An index is entered by the moment alone."""
        *moment, pk = self._read(position)
        name, how = order[0].lstrip("-"), "lt" if order[0].startswith("-") else "gt"
        last = Q(**{f"id__{how}": pk})
        if not moment:
            return last
        return Q(**{f"{name}__{how}e": moment[0]}) & (Q(**{f"{name}__{how}": moment[0]}) | last)

    def _read(self, position: str) -> list:
        """A position somebody made up is not there; it must not reach the database."""
        *moments, pk = position.split(",")
        if len(moments) != len(self.ordering) - 1 or not ID.fullmatch(pk):
            raise NotFound(self.invalid_cursor_message)
        try:
            return [*map(Moment().run_validation, moments), int(pk)]
        except ValidationError:
            raise NotFound(self.invalid_cursor_message) from None

    def get_next_link(self):
        return self._link(self.page[-1:], reverse=False) if self.has_next else None

    def get_previous_link(self):
        return self._link(self.page[:1], reverse=True) if self.has_previous else None

    def _link(self, last: list, *, reverse: bool) -> str:
        position = self._position(last[0]) if last else None
        return self.encode_cursor(Cursor(offset=0, reverse=reverse, position=position))

    def _position(self, row) -> str:
        return ",".join(str(getattr(row, name.lstrip("-"))) for name in self.ordering)


def _turned(ordering: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(name[1:] if name.startswith("-") else f"-{name}" for name in ordering)
