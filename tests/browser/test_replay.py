"""A replay and a calibration walked through, on a server with two models of its own."""

import hashlib
import json
import math
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Watch
from tests.browser.server import REPOSITORY, Server
from tests.browser.steps import PASSWORD, answered, sign_in
from tests.browser.test_looks import SIZES, WCAG, Look

SERVES = "minilm-l6-squad-int8"
STRICT = "strict"  # the same network, which says "no answer" much more often
# Colours fade from light to dark.
SETTLED = "() => Promise.all(document.getAnimations().map((one) => one.finished))"
QUESTION = "How high is the Pont du Gard?"
PEOPLE = f"""
from answers.models import User
User.objects.create_superuser("root", password={PASSWORD!r})
"""
# Twelve demo questions with answers and four without, as reviewers leave them.
REVIEWED = f"""
from answers import squad
from answers.models import Answer, Conversation, Library, Question, ReviewItem, User
from answers.reviewing import give
from django.conf import settings
from django.utils import timezone
root = User.objects.get(username="root")
talk = Conversation.objects.create(user=root, title="Reviewed")
file = settings.BASE_DIR / "answers" / "demo" / "questions.json"
asked = squad.examples(squad.load(file))
asked = [one for one in asked if one.question != {QUESTION!r}]
some = [one for one in asked if one.golds][::17][:12]
some += [one for one in asked if not one.golds][:4]
from answers.models import Passage
for one in some:
    passage = Passage.objects.get(text=one.passage, archived_at=None)
    question = Question.objects.create(
        conversation=talk, text=one.question, status="answered",
        finished_at=timezone.now(), model_name="earlier", model_hash="earlier",
    )
    question.libraries.add(passage.library)
    start = one.golds[0].start if one.golds else 0
    text = one.golds[0].text if one.golds else passage.text[:20]
    answer = Answer.objects.create(
        question=question, passage=passage, rank=1, start=start,
        end=start + len(text), text=text, margin=2.0, score=0.7,
    )
    item = ReviewItem.of(question, answer, passage.library_id)
    item.save()
    give(item, "right" if one.golds else "no_answer", by=root)
"""
# As many more as a calibration needs, of the very model that serves.
JUDGED = """
from answers import runtime
from answers.models import Passage, User
from tests.judged import QUOTE, drawn, make_judged
passage = Passage.objects.filter(text__contains="e").first()
import tests.judged
tests.judged.QUOTE = passage.text[:5]
root = User.objects.get(username="root")
model = runtime.get_reader().config.model_hash
rows = [*drawn(COUNT, slope=0.35), (60.0, "right", "Surely?")]  # surer than any
make_judged(root, passage, rows, model_hash=model)
"""


class WithModels(Server):
    """A server whose folder of weights holds two models."""

    @property
    def environment(self) -> dict[str, str]:
        return super().environment | {"QAWEB_WEIGHTS": str(self.data / "weights")}

    def run(self, code: str) -> None:
        self.command("shell", "--no-imports", "-c", code)


def make_models(weights: Path) -> None:
    shipped = REPOSITORY / "answers" / "weights" / SERVES
    shutil.copytree(shipped, weights / SERVES)
    shutil.copytree(shipped, weights / STRICT)
    note = weights / STRICT / "NOTE.txt"
    note.write_text("Another file, another hash.\n")
    path = weights / STRICT / "reader.json"
    values = json.loads(path.read_text())
    values["name"] = STRICT
    slope, intercept = (values["calibration"][k] for k in ("slope", "intercept"))
    values["no_answer_threshold"] = (math.log(9) - intercept) / slope  # a score of 90 %
    values["sha256"][note.name] = hashlib.sha256(note.read_bytes()).hexdigest()
    path.write_text(json.dumps(values))


@pytest.fixture(scope="module")
def own_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WithModels]:
    server = WithModels(tmp_path_factory.mktemp("models"))
    make_models(server.data / "weights")
    server.start()
    server.run(PEOPLE)
    yield server
    server.stop()


@pytest.fixture
def page(own_server: WithModels, browser: Browser) -> Iterator[Page]:
    """The admin, signed in as a superuser."""
    watch = Watch(own_server.url)
    context = browser.new_context(base_url=own_server.url, reduced_motion="reduce")
    watch.context(context)
    page = context.new_page()
    sign_in(page, "root", PASSWORD, at="/admin/")
    yield page
    context.close()
    watch.check()


def look_at(page: Page, what: str) -> None:
    for size, (width, height) in SIZES.items():
        for scheme in ("light", "dark"):
            page.set_viewport_size({"width": width, "height": height})
            page.emulate_media(color_scheme=scheme)
            page.evaluate(SETTLED)
            Look(page, f"{size}-{scheme}", rules=WCAG).at(what)
    page.set_viewport_size({"width": 1280, "height": 900})


def test_another_model_is_tried_on_what_was_reviewed(
    own_server: WithModels, page: Page
) -> None:
    own_server.run(REVIEWED)
    page.goto("/admin/answers/replay/")
    page.get_by_role("link", name="Start a replay").click()
    expect(page.get_by_label(SERVES)).not_to_be_checked()
    look_at(page, "admin-replay-start")
    page.get_by_label(STRICT).check()
    page.get_by_role("button", name="Start").click()

    # It comes to its end by itself, without reloading the page.
    expect(page.locator("[data-state]")).to_have_text("Done")
    expect(page.locator("[data-end]")).to_contain_text("16 of 16 reviewed questions")
    expect(page.get_by_role("button", name="Cancel the replay")).to_have_count(0)
    expect(page.locator("[data-announcer]")).to_contain_text("16 of 16")
    page.reload()
    table = page.get_by_role("table")
    silent = table.get_by_role("row").filter(has_text="Says “no answer”").first
    serving, strict = silent.get_by_role("cell").all_inner_texts()[:2]
    assert float(serving.split()[0]) < float(strict.split()[0]), (serving, strict)

    worse = page.locator(".outcome-card").first
    expect(worse.locator("mark")).to_have_count(1)
    expect(worse).to_contain_text("No answer")
    look_at(page, "admin-replay")
    page.get_by_role("link", name="What got better").click()
    expect(page.get_by_role("heading", name="What got better")).to_be_visible()
    page.goto("/admin/answers/replay/")
    look_at(page, "admin-replays")


def test_a_replay_is_cancelled(own_server: WithModels, page: Page) -> None:
    page.goto("/admin/answers/replay/start/")
    page.get_by_label(STRICT).check()
    page.get_by_role("button", name="Start").click()
    page.get_by_role("button", name="Cancel the replay").click()
    expect(page.locator("[data-state]")).to_have_text("Cancelled")


def test_score_and_threshold_are_fitted_applied_and_undone(
    own_server: WithModels, page: Page
) -> None:
    address = "/admin/answers/recalibration/"
    page.goto(address)
    expect(page.get_by_text("more reviews are needed")).to_be_visible()
    expect(page.get_by_role("radio")).to_have_count(0)
    look_at(page, "admin-calibration-too-few")

    own_server.run(JUDGED.replace("COUNT", "260"))
    page.goto(address)
    expect(page.locator("figure.plot svg[role=img]")).to_have_count(2)
    page.locator("summary").first.click()
    expect(page.locator(".plot-table").first).to_be_visible()
    look_at(page, "admin-calibration")

    page.goto("/")
    expect(answered(page, QUESTION).locator("mark").first).to_be_visible()
    page.goto(address)
    page.get_by_role("radio").last.check()  # answers nothing any more
    page.get_by_role("button", name="Apply to all answers from now on").click()
    expect(page.get_by_text("This holds from the next question on.")).to_be_visible()
    assert "as fitted to reviews here" in own_server.command("models", "--no-speed")
    look_at(page, "admin-calibration-applied")
    page.goto("/")
    article = answered(page, QUESTION)
    expect(article).to_contain_text("No answer in these passages.")

    page.goto(address)
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("scores as its makers set it.")).to_be_visible()
    page.goto("/")
    article = answered(page, QUESTION)
    expect(article).not_to_contain_text("No answer in these passages.")
