"""What all tests share: `worlds` can be imported, and a check of a commit has no luck in it.

Where CI is set, Hypothesis draws the same examples each time; elsewhere it goes on exploring.
"""

from __future__ import annotations

import os

from hypothesis import settings

settings.register_profile("ci", derandomize=True)
if os.environ.get("CI"):
    settings.load_profile("ci")
