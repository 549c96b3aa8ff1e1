"""Several at once, on connections of their own."""

import threading
from collections.abc import Callable

from django.db import connection


def in_threads(*works: Callable) -> list:
    """What each of ``works`` returned; all start at once. What one raises, the test raises."""
    barrier, results, troubles = threading.Barrier(len(works)), [None] * len(works), []

    def run(place: int, work: Callable) -> None:
        try:
            with connection.cursor() as cursor:
                cursor.execute("SELECT 1")  # connect before the race, not in it
            barrier.wait(timeout=10)
            results[place] = work()
        except Exception as error:
            troubles.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    if troubles:
        raise troubles[0]
    return results
