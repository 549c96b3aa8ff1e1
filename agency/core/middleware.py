"""What every answer passes."""


class NotKept:
    """No answer stays in a shared computer's cache: there is case data in it."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        response.headers.setdefault("Cache-Control", "no-store")
        return response
