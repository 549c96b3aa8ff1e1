"""What every answer passes."""

from django.middleware.locale import LocaleMiddleware


class ChineseFirst(LocaleMiddleware):
    """Pages are Chinese until somebody switches: which language a shared computer's browser was
    installed in says nothing of who sits there. A program says with each call what it reads.
    """

    def process_request(self, request):
        if not request.path.startswith("/api/"):
            request.META.pop("HTTP_ACCEPT_LANGUAGE", None)
        super().process_request(request)


class NotKept:
    """No answer stays in a shared computer's cache: there is case data in it."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        response.headers.setdefault("Cache-Control", "no-store")
        return response
