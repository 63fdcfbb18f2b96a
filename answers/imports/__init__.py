"""The life of an import: files are handed over, read one after another, and saved.

    start()   the rows of an import, and where its files wait
    run()     reads what is left to read; may be killed at any time and run again
    cancel()  ends it, at once or after the passages that are being saved
    progress() and clean() tell of it, and tidy up after it

Nothing of Django's requests and nothing of task queues is known here: the pages, the
task (`answers.tasks`) and the command line all walk through these functions.
"""

from answers.imports.files import Handed, clean, folder_of, safe_name
from answers.imports.holding import Held, held
from answers.imports.progress import Progress, progress
from answers.imports.running import cancel, finish, run
from answers.imports.starting import start

__all__ = [
    "Handed",
    "Held",
    "Progress",
    "cancel",
    "clean",
    "finish",
    "folder_of",
    "held",
    "progress",
    "run",
    "safe_name",
    "start",
]
