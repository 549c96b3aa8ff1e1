"""What a run takes of more than it could: chosen by the number of the day, or by TURN, the same once more."""

import os
import time

TURN = int(os.environ.get("TURN") or time.time() // 86400)
