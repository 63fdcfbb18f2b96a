"""Work for the review desk of a real server, and what came of it in its database."""

import json
from dataclasses import dataclass
from typing import Any

from tests.browser.server import Server
from tests.browser.steps import PASSWORD

REVIEWERS = ("reviewer", "ben", "cleo")
# As the asking of questions leaves them, without a model that reads each.
MAKE = f"""
import json, sys
from answers.models import Answer, Conversation, Library, Question, ReviewItem, User
from answers.reviewing import reviewers
from django.utils import timezone
given = json.loads(sys.stdin.read())
for name in {REVIEWERS[1:]}:
    user, new = User.objects.get_or_create(username=name, defaults={{"is_staff": True}})
    if new:
        user.set_password({PASSWORD!r})
        user.save()
        user.groups.add(reviewers())
library = Library.objects.get(pk=given["library"])
Library.objects.filter(pk=library.pk).update(is_public=True)
passages = {{passage.title: passage for passage in library.passages.all()}}
asker = User.objects.get(username="demo")
talk = Conversation.objects.create(user=asker, title=library.title)
made = []
for values in given["items"]:
    question = Question.objects.create(
        conversation=talk, text=values["question"], status="answered",
        finished_at=timezone.now(), model_name="test-reader", model_hash="0123456789ab",
    )
    question.libraries.add(library)
    answers = []
    for rank, (title, quote) in enumerate(values["answers"], 1):
        passage = passages[title]
        start = passage.text.index(quote)
        answers.append(Answer.objects.create(
            question=question, passage=passage, rank=rank, start=start,
            end=start + len(quote), text=quote, margin=9.0 / rank,
            score=values.get("score", 0.9) / rank,
        ))
    item = ReviewItem.of(question, answers[0], library.pk)
    item.wanted = values.get("wanted", 1)
    item.save()
    made.append(item.pk)
print(json.dumps(made))
"""
READ = """
import json, sys
from answers.models import Review, ReviewItem
library = json.loads(sys.stdin.read())
print(json.dumps([
    {
        "question": item.question.text,
        "state": item.state,
        "verdict": item.verdict,
        "reviews": {
            review.reviewer.username: {
                "verdict": review.verdict,
                "note": review.note,
                "seconds": review.seconds,
                "decides": review.decides,
                "withdrawn": review.withdrawn_at is not None,
                "spans": [
                    [span.passage.title, span.start, span.end, span.text,
                     span.passage.text[span.start:span.end] == span.text]
                    for span in review.spans.all()
                ],
            }
            for review in item.reviews.all()
        },
    }
    for item in ReviewItem.objects.filter(library=library).order_by("pk")
]))
"""


@dataclass(frozen=True, slots=True)
class Desk:
    """The queue of one library, with its items in the order in which they come."""

    server: Server
    library: int
    items: list[int]

    @property
    def query(self) -> str:
        return f"?order=doubt&library={self.library}"

    @property
    def queue(self) -> str:
        return f"/admin/answers/reviewitem/queue/{self.query}"

    def screen(self, number: int) -> str:
        item = self.items[number]
        return f"/admin/answers/reviewitem/{item}/review/{self.query}"

    def read(self) -> list[dict[str, Any]]:
        """Return what the database says of the items, in the order they were made."""
        found: list[dict[str, Any]] = _run(self.server, READ, self.library)
        return found

    def exported(self) -> dict[str, list[tuple[int, str]]]:
        """Return the answers of each question in the SQuAD export, with their starts.

        Each is checked against the passage that the file holds.
        """
        said = self.server.command(
            "export_reviews", "--library", str(self.library), "--output", "-"
        )
        found = {}
        for article in json.loads(said)["data"]:
            for paragraph in article["paragraphs"]:
                for asked in paragraph["qas"]:
                    golds = [(a["answer_start"], a["text"]) for a in asked["answers"]]
                    for start, text in golds:
                        assert paragraph["context"][start : start + len(text)] == text
                    found[asked["question"]] = golds
        return found


def make_desk(server: Server, library: str, items: list[dict[str, Any]]) -> Desk:
    """Make items of a library, given by its address.

    Each: question, answers as (title of the passage, quote), score, wanted. The first
    has the score nearest to one half, and comes first.
    """
    number = int(library.rstrip("/").split("/")[-1])
    for place, item in enumerate(items):
        item.setdefault("score", 0.5 + place * 0.01)
    made = _run(server, MAKE, {"library": number, "items": items})
    return Desk(server, number, made)


def _run(server: Server, code: str, given: Any) -> Any:
    reading = f"sys.stdin = __import__('io').StringIO({json.dumps(given)!r})"
    prepared = code.replace("import json, sys\n", f"import json, sys\n{reading}\n", 1)
    return json.loads(server.command("shell", "--no-imports", "-c", prepared))
