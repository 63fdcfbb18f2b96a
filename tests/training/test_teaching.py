"""The loss of a student that is taught by one network or several."""

from dataclasses import replace

import pytest
import torch
from torch.nn import functional

from answers.reader.tokens import Tokenizer
from answers.training.batches import Batch
from answers.training.features import Encoder, base_config
from answers.training.mixture import Mixture, Source
from answers.training.network import CheckpointError, Shape
from answers.training.students import student_of
from answers.training.teaching import Teachers, Teaching

from .conftest import DEMO
from .networks import ALLOWED, BATCH, INPUTS, demo_batch, made, taught


def test_who_says_the_same_has_nothing_to_learn() -> None:
    network = made(1)
    assert taught(network, network, states=1.0) == pytest.approx(0, abs=1e-5)
    assert taught(made(2), network, states=1.0) > 0.1


def test_the_loss_is_the_divergence_over_the_candidates() -> None:
    student, teacher = made(2), made(1)
    heat = 2.0
    by_hand = 0.0
    for mine, theirs in zip(student(*INPUTS), teacher(*INPUTS), strict=True):
        for row in range(2):
            kept = ALLOWED[row]
            p = functional.softmax(theirs[row][kept] / heat, dim=0)
            q = functional.log_softmax(mine[row][kept] / heat, dim=0)
            by_hand += float((p * (p.log() - q)).sum().detach()) * heat**2 / 2
    assert taught(student, teacher, temperature=heat) == pytest.approx(
        by_hand, rel=1e-4
    )


def test_two_teachers_count_alike() -> None:
    student, one, other = made(3), made(1), made(2)
    both = taught(student, one, other)
    rounding = 1e-5  # a divergence is a small difference of numbers about 1 in float32
    assert both == pytest.approx(taught(student, other, one), abs=rounding)
    assert both == pytest.approx(taught(student, one, other, one, other), abs=rounding)
    assert abs(both - taught(student, one)) > 100 * rounding
    assert abs(both - taught(student, other)) > 100 * rounding


def test_teachers_stay_as_they_are_and_a_projection_learns() -> None:
    narrow = made(2, Shape(30522, 16, 2, 2, 32))
    teacher = made(1)
    teachers = Teachers([teacher], narrow, Teaching(teachers=("t",), states=1.0))
    assert [name for name, _ in teachers.named_parameters()] == [
        "project.weight",
        "project.bias",
    ]
    states = narrow.states(*INPUTS)
    loss = teachers.loss(BATCH, states, narrow.spans(states[-1]))
    loss.sum().backward()  # type: ignore[no-untyped-call]
    assert all(one.grad is None for one in teacher.parameters())
    assert all(one.grad is not None for one in teachers.parameters())
    assert narrow.words.weight.grad is not None


def test_a_projection_begins_as_the_best_there_is(tokenizer: Tokenizer) -> None:
    """Far from one drawn at random, and kept by a run that is resumed."""
    teacher, teaching = made(1), Teaching(teachers=("t",), share=1, states=1.0)
    batch = demo_batch(tokenizer)
    narrow = student_of(teacher, batch.inputs, hidden=16)

    def apart(teachers: Teachers) -> float:
        states = narrow.states(*batch.inputs)
        logits = narrow.spans(states[-1])
        alone = Teachers([teacher], narrow, Teaching(teachers=("t",), share=1))
        with torch.no_grad():
            both, less = (
                taught.loss(batch, states, logits) for taught in (teachers, alone)
            )
        return float((both - less).sum())

    fitted, random = (Teachers([teacher], narrow, teaching) for _ in range(2))
    random.fitted.fill_(True)
    assert apart(fitted) < 0.5 * apart(random)
    resumed = Teachers([teacher], narrow, teaching)
    resumed.load_state_dict(fitted.state_dict())
    assert apart(resumed) == pytest.approx(apart(fitted))


def test_padding_teaches_nothing() -> None:
    student, teacher = made(2), made(1)
    before = taught(student, teacher, states=1.0)
    wide = ("input_ids", "attention_mask", "token_type_ids", "allowed", "strange")
    padded = {name: functional.pad(getattr(BATCH, name), (0, 4)) for name in wide}
    longer = replace(BATCH, **padded)
    teachers = Teachers([teacher], student, Teaching(teachers=("t",), states=1.0))
    states = student.states(*longer.inputs)
    after = teachers.loss(longer, states, student.spans(states[-1]))
    assert float(after.detach().sum()) == pytest.approx(before, rel=1e-4)


def test_teachers_do_not_see_what_is_strange_and_wish_for_no_answer_there() -> None:
    """What stands there may be anything; the student is told to look elsewhere."""
    student, teacher = made(2), made(1)
    strange = torch.zeros_like(ALLOWED)
    strange[0, 5] = True
    states = student.states(*INPUTS)
    logits = student.spans(states[-1])
    teachers = Teachers([teacher], student, Teaching(teachers=("t",)))

    def loss(word: int) -> torch.Tensor:
        ids = INPUTS[0].clone()
        ids[0, 5] = word
        batch = replace(BATCH, input_ids=ids, strange=strange)
        return teachers.loss(batch, states, logits)

    assert torch.equal(loss(2000), loss(7))
    mask = INPUTS[1].clone()
    mask[0, 5] = 0
    given = teacher(INPUTS[0], mask, INPUTS[2])
    by_hand = 0.0
    for mine, theirs in zip(logits, given, strict=True):
        p = functional.softmax(theirs[0][[0, 3, 4]] / 2, dim=0)
        q = functional.log_softmax(mine[0][ALLOWED[0]] / 2, dim=0)[:3]
        by_hand += float((p * (p.log() - q)).sum().detach()) * 4 / 2
    assert float(loss(7)[0].detach()) == pytest.approx(by_hand, rel=1e-4)


def test_another_vocabulary_is_refused() -> None:
    padded = made(1, Shape(30528, 32, 2, 2, 64))
    with pytest.raises(CheckpointError, match="vocabularies"):
        Teachers([padded], made(2), Teaching(teachers=("t",)))


@pytest.mark.parametrize(
    "wrong",
    [{"share": 1.5}, {"share_negatives": 1.1}, {"temperature": 0}, {"states": -1}],
)
def test_a_teaching_that_makes_no_sense_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="must"):
        Teaching(teachers=("t",), **wrong)


def test_where_there_is_no_answer_the_teachers_may_have_another_share(
    tokenizer: Tokenizer,
) -> None:
    windows = Mixture(
        [Source(DEMO)], Encoder(tokenizer), base_config(), negatives=0.3, seed=0
    ).epoch(0)[0]
    wrong = [one for one in windows if not one.has_answer][:2]
    right = [one for one in windows if one.has_answer][:2]
    teaching = Teaching(teachers=("t",), share=0.6)
    batch = Batch.of([*right, *wrong], tokenizer)
    assert teaching.shares(batch).tolist() == pytest.approx([0.6] * 4)
    labels_alone = replace(teaching, share_negatives=0.0)
    assert labels_alone.shares(batch).tolist() == pytest.approx([0.6, 0.6, 0, 0])


def test_teachers_are_not_heard_where_they_know_nothing() -> None:
    teaching = Teaching(teachers=("t",), share=0.5)
    none = replace(BATCH, taught=torch.zeros_like(BATCH.taught))
    assert teaching.shares(BATCH).tolist() == [0.5] * len(BATCH)
    assert teaching.shares(none).tolist() == [0.0] * len(BATCH)
