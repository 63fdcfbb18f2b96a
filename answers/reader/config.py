"""Everything that belongs to the model rather than to the machine: reader.json."""

import dataclasses
import hashlib
import json
import math
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from .errors import ModelError

FILE_NAME: Final = "reader.json"
SPECIAL_TOKENS: Final = 3  # [CLS] question [SEP] slice [SEP]
INPUT_ROLES: Final = frozenset({"input_ids", "attention_mask", "token_type_ids"})
OPTIONAL_INPUT_ROLES: Final = frozenset({"position_ids"})
OUTPUT_ROLES: Final = frozenset({"start_logits", "end_logits"})
OPTIONAL_OUTPUT_ROLES: Final = frozenset({"embedding"})
POSITIVE: Final = (
    "max_length",
    "max_question_tokens",
    "stride",
    "max_answer_tokens",
    "max_answer_chars",
    "n_best",
)

OPTIONAL: Final = ("max_title_tokens", "rescore_tokens")  # 0 where it is not done


@dataclass(frozen=True, slots=True)
class Calibration:
    """score = sigmoid(slope * margin + intercept); the slope is above zero."""

    slope: float
    intercept: float

    def __post_init__(self) -> None:
        _require_number("calibration.slope", self.slope)
        _require_number("calibration.intercept", self.intercept)
        if self.slope <= 0:
            # A slope of zero or less would turn the ranking upside down for people.
            raise ModelError(f"calibration.slope must be above 0, got {self.slope}")

    def score(self, margin: float) -> float:
        """0..1, without overflow for margins of any size."""
        x = self.slope * margin + self.intercept
        if x >= 0:
            return 1.0 / (1.0 + math.exp(-x))
        return math.exp(x) / (1.0 + math.exp(x))


@dataclass(frozen=True, slots=True)
class Adjustment:
    """What other questions than those of the model's makers say of its margins."""

    calibration: Calibration
    threshold: float  # on the margin

    def __post_init__(self) -> None:
        _require_number("threshold", self.threshold)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReaderConfig:
    """How a model folder is to be used. All lengths are in tokens unless named chars.

    ``stride`` is the step between window starts. The part that two neighbouring
    windows share is ``room - stride`` and is never below ``max_answer_tokens``, so
    that no answer is lost at a boundary.
    """

    name: str
    max_length: int  # tokens of a window: question + slice + 3 specials
    max_question_tokens: int
    stride: int
    max_answer_tokens: int
    max_answer_chars: int  # code points
    n_best: int  # spans kept per window
    max_title_tokens: int = 0  # of a passage's title that are read before its slices
    rescore_tokens: int = 0  # beside a quote that is read a second time; 0: none is
    similarity_weight: float = 0.0  # of question and sentence, in the order; 0: none
    lower_case: bool
    no_answer_threshold: float  # on the margin; 0.0 is a legal value
    calibration: Calibration
    inputs: Mapping[str, str]  # role -> name in the model
    outputs: Mapping[str, str]  # role -> name in the model
    sha256: Mapping[str, str]  # file name -> hex digest
    metrics: Mapping[str, Any] = field(default_factory=dict)  # carried, not read

    def __post_init__(self) -> None:
        if not isinstance(self.name, str) or not self.name:
            raise ModelError("name must be a text that is not empty")
        for name in POSITIVE:
            _require_positive(name, getattr(self, name))
        for name in OPTIONAL:
            if getattr(self, name) != 0:
                _require_positive(name, getattr(self, name))
        _require_number("similarity_weight", self.similarity_weight)
        if self.similarity_weight < 0:
            raise ModelError(
                f"similarity_weight must be 0 or above, got {self.similarity_weight}"
            )
        if not isinstance(self.lower_case, bool):
            raise ModelError(f"lower_case must be true or false, not {self.lower_case}")
        _require_number("no_answer_threshold", self.no_answer_threshold)
        _require_roles("inputs", self.inputs, INPUT_ROLES, OPTIONAL_INPUT_ROLES)
        _require_roles("outputs", self.outputs, OUTPUT_ROLES, OPTIONAL_OUTPUT_ROLES)
        if self.similarity_weight and "embedding" not in self.outputs:
            raise ModelError(
                "similarity_weight needs an output with the role embedding"
            )
        _require_digests(self.sha256)
        if not isinstance(self.metrics, Mapping):
            raise ModelError("metrics must be an object")
        self._require_overlap()

    def _require_overlap(self) -> None:
        room = self.room(self.max_question_tokens) - self.max_title_tokens
        overlap = room - self.stride
        if overlap < self.max_answer_tokens:
            raise ModelError(
                f"with the longest question windows share {overlap} tokens, fewer "
                f"than max_answer_tokens {self.max_answer_tokens}: lower the stride"
            )

    def room(self, question_tokens: int) -> int:
        """Tokens of title and passage that fit into a window beside such a question."""
        return self.max_length - question_tokens - SPECIAL_TOKENS

    def adjusted(self, adjustment: Adjustment | None) -> "ReaderConfig":
        """The same model with another score and threshold; None: with its own."""
        if adjustment is None:
            return self
        return dataclasses.replace(
            self,
            calibration=adjustment.calibration,
            no_answer_threshold=adjustment.threshold,
        )

    @property
    def model_hash(self) -> str:
        """12 hex digits that change when any file of the model changes."""
        lines = sorted(f"{digest}  {name}\n" for name, digest in self.sha256.items())
        return hashlib.sha256("".join(lines).encode()).hexdigest()[:12]

    @classmethod
    def load(cls, folder: Path) -> "ReaderConfig":
        """Read ``folder/reader.json``; ModelError names the file and what is wrong."""
        path = folder / FILE_NAME
        try:
            values = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise ModelError(f"{path} cannot be read: {error}") from error
        except RecursionError as error:
            raise ModelError(f"{path} cannot be read: nested too deeply") from error
        try:
            return cls._from_values(values)
        except ModelError as error:
            raise ModelError(f"{path}: {error}") from error

    @classmethod
    def _from_values(cls, values: Any) -> "ReaderConfig":
        fields = dataclasses.fields(cls)
        _require_keys(
            "reader.json",
            values,
            {f.name for f in fields},
            {"metrics", "similarity_weight", *OPTIONAL},
        )
        calibration = values["calibration"]
        _require_keys("calibration", calibration, {"slope", "intercept"}, set())
        return cls(**{**values, "calibration": Calibration(**calibration)})

    def save(self, folder: Path) -> None:
        """Write ``folder/reader.json``; ``load`` gives an equal configuration back.

        Whole or not at all: a folder whose file was cut short could not be served.
        """
        values = {f.name: getattr(self, f.name) for f in dataclasses.fields(self)}
        values["calibration"] = dataclasses.asdict(self.calibration)
        for name in ("inputs", "outputs", "sha256", "metrics"):
            values[name] = dict(values[name])
        text = json.dumps(values, indent=2, ensure_ascii=False, allow_nan=False)
        part = folder / f"{FILE_NAME}.part"
        part.write_text(text + "\n", encoding="utf-8")
        os.replace(part, folder / FILE_NAME)

    def verify(self, folder: Path, *names: str) -> None:
        """Compare the SHA-256 of these files with what reader.json says.

        A cut-off download or a Git LFS pointer fails here, with a message, instead
        of inside OpenVINO's parser.
        """
        for name in names:
            if name not in self.sha256:
                raise ModelError(f"{folder / FILE_NAME} gives no sha256 for {name}")
            found = file_digest(folder / name)
            if found != self.sha256[name]:
                raise ModelError(
                    f"{folder / name} is damaged: its SHA-256 is {found}, "
                    f"{FILE_NAME} says {self.sha256[name]}"
                )


def file_digest(path: Path) -> str:
    """SHA-256 of a file's bytes, as 64 hex digits. ModelError if it is not there."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise ModelError(f"{path} cannot be read: {error.strerror}") from error


def _require_keys(
    section: str, values: Any, known: set[str], optional: set[str]
) -> None:
    if not isinstance(values, dict):
        raise ModelError(f"{section} must be an object")
    if unknown := sorted(values.keys() - known):
        raise ModelError(f"{section}: unknown {', '.join(unknown)}")
    if missing := sorted(known - optional - values.keys()):
        raise ModelError(f"{section}: missing {', '.join(missing)}")


def _require_positive(name: str, value: Any) -> None:
    # bool is an int in Python: `true` must not pass as 1.
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise ModelError(f"{name} must be a whole number above 0, got {value!r}")


def _require_number(name: str, value: Any) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ModelError(f"{name} must be a number, got {value!r}")
    if not _is_finite(value):
        raise ModelError(f"{name} must be finite, got {value!r}")


def _is_finite(value: float) -> bool:
    try:
        return math.isfinite(value)
    except OverflowError:  # a whole number of hundreds of digits
        return False


def _require_roles(
    section: str, names: Any, roles: frozenset[str], optional: frozenset[str]
) -> None:
    _require_keys(section, names, set(roles | optional), set(optional))
    for role, name in names.items():
        if not isinstance(name, str) or not name:
            raise ModelError(f"{section}.{role} must name a tensor, got {name!r}")
    if len(set(names.values())) < len(names):
        raise ModelError(f"{section}: two roles have the same name")


def _require_digests(digests: Any) -> None:
    if not isinstance(digests, dict):
        raise ModelError("sha256 must be an object")
    for name, digest in digests.items():
        if not name or Path(name).name != name:
            raise ModelError(f"sha256: {name!r} is not a plain file name")
        if (
            not isinstance(digest, str)
            or len(digest) != 64
            or not set(digest) <= set("0123456789abcdef")
        ):
            raise ModelError(f"sha256.{name} must be 64 hex digits")
