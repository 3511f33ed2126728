"""Beds and staff over many simulated patients who take the moves and steps of a real pathway."""

import os

# No matrices are multiplied here: threads for that would only make each start dearer.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
