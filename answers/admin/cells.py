"""What the list of items says of each: texts of people, escaped and cut to size."""

from django.db.models import F, Prefetch, Value
from django.db.models.functions import Greatest, Least, Substr
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext

from answers.admin.marking import LONGEST_QUOTE, marked_excerpt
from answers.models import Question, Review, ReviewItem
from answers.models.reviews import ReviewItemQuerySet
from answers.texts import shortened

AROUND = 300  # code points of the passage that the list fetches on each side
QUESTION_CHARACTERS = 300
TITLE_CHARACTERS = 80


def with_cells(items: ReviewItemQuerySet) -> ReviewItemQuerySet:
    """Fetch all that the cells say, in two queries.

    Of each passage only the part around the answer: fifty whole passages may be
    megabytes.
    """
    reviews = Review.objects.standing().select_related("reviewer").order_by("pk")
    return (
        items.select_related("question__passage", "answer__passage", "library")
        .defer("answer__passage__text", "question__passage__text")
        .prefetch_related(Prefetch("reviews", queryset=reviews, to_attr="standing"))
        .annotate(
            offset=Greatest(F("answer__start") - AROUND, 0),
            window=Substr(
                "answer__passage__text",
                F("offset") + 1,  # SQL counts from one
                Least(
                    F("answer__end") - F("offset") + AROUND,
                    Value(2 * AROUND + LONGEST_QUOTE),
                ),
            ),
        )
    )


def question(item: ReviewItem, url: str) -> SafeString:
    text = shortened(item.question.text, QUESTION_CHARACTERS)
    return format_html('<a href="{}"><bdi>{}</bdi></a>', url, text)


def quote(item: ReviewItem) -> SafeString:
    answer = item.answer
    if answer is None:
        part = format_html(
            '<div class="quote">{}</div>', gettext("No answer was given")
        )
    else:
        part = marked_excerpt(
            getattr(item, "window", ""),  # annotated above
            getattr(item, "offset", 0),
            answer.start,
            answer.end,
            expected=answer.text,
        )
    return format_html('{}<p class="source">{}</p>', part, passage(item))


def passage(item: ReviewItem) -> SafeString:
    title = item.passage.title if item.passage else gettext("no passage")
    return format_html(
        "<bdi>{}</bdi>, <bdi>{}</bdi>",
        shortened(title, TITLE_CHARACTERS),
        shortened(item.library.title, TITLE_CHARACTERS),
    )


def score_and_outcome(item: ReviewItem) -> SafeString:
    """A question from a file was answered by no model: it has no score to show."""
    if item.external_id:
        return format_html('<span class="outcome">{}</span>', gettext("From a file"))
    said = [outcome(item)]
    if item.unhelpful:
        said.append(
            ngettext(
                "Called not helpful once",
                "Called not helpful %(count)d times",
                item.unhelpful,
            )
            % {"count": item.unhelpful}
        )
    lines = format_html_join(
        "", '<span class="outcome">{}</span>', ((s,) for s in said)
    )
    # 100 is said only of 1.
    return format_html("{} % {}", int(100 * item.score), lines)


def outcome(item: ReviewItem) -> str:
    if item.question.status == Question.Status.NO_ANSWER:
        return gettext("No answer; the nearest text")
    return item.question.get_status_display()


def state(item: ReviewItem) -> SafeString:
    """The verdict that stands, or what is missing for one."""
    if item.state == ReviewItem.State.REVIEWED:
        said = item.get_verdict_display()
    else:
        said = item.get_state_display()
    notes = []
    if item.state == ReviewItem.State.WAITING and item.wanted > 1:
        notes.append(gettext("%(count)d reviews wanted") % {"count": item.wanted})
    if item.claimed_until and item.claimed_until > timezone.now():
        notes.append(gettext("Taken at the moment"))
    lines = format_html_join(
        "", '<span class="outcome">{}</span>', ((note,) for note in notes)
    )
    return format_html('<span class="said {}">{}</span>{}', item.state, said, lines)


def reviewers(item: ReviewItem) -> SafeString:
    """Who has reviewed it; each one's verdict too where more than one has."""
    reviews: list[Review] = getattr(item, "standing", [])
    return format_html_join(
        "",
        "<div><bdi>{}</bdi>{}</div>",
        (
            (
                review.reviewer.get_username(),
                f": {review.get_verdict_display()}" if len(reviews) > 1 else "",
            )
            for review in reviews
        ),
    )


def day(item: ReviewItem) -> SafeString:
    when = timezone.localtime(item.asked_at)
    return format_html(
        '<time datetime="{}">{}<br>{}</time>',
        when.isoformat(),
        f"{when:%Y-%m-%d}",
        f"{when:%H:%M}",
    )
