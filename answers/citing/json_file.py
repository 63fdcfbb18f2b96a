"""Conversations as JSON."""

import json
from dataclasses import asdict
from typing import Any

from answers.citing.records import Heading, Quote, Record
from answers.reviewing import Confirmation


class JsonWriter:
    """One object; of a question without an answer the quotes stand under `nearest`."""

    media_type = "application/json"
    suffix = "json"

    def begin(self, heading: Heading) -> str:
        about = {
            "title": heading.title,
            "url": heading.url,
            "created_at": heading.created_at.isoformat(),
            "exported_at": heading.exported_at.isoformat(),
            "offsets": (
                "Half open ranges into the text of the passage: Unicode code points, "
                "UTF-16 code units, UTF-8 bytes."
            ),
        }
        return f'{_json(about)[:-1]}, "questions": ['

    def write(self, record: Record, *, first: bool) -> str:
        quotes = [self._quote(quote) for quote in record.quotes]
        values = {
            "id": str(record.id),
            "url": record.url,
            "question": record.text,
            "asked_at": record.asked_at.isoformat(),
            "status": record.status,
            "libraries": record.libraries,
            "model": {"name": record.model_name, "hash": record.model_hash},
            "passages_read": record.passages_read,
            "took_ms": record.took_ms,
            "answers": quotes if record.is_answered else [],
            "nearest": [] if record.is_answered else quotes,
        }
        return f"{'' if first else ','}\n{_json(values)}"

    def end(self) -> str:
        return "\n]}\n"

    @staticmethod
    def _quote(quote: Quote) -> dict[str, Any]:
        cited = asdict(quote.citation)
        return {
            "rank": quote.rank,
            "text": quote.text,
            "score": quote.score,
            "margin": quote.margin,
            "confirmed": _confirmed(quote.confirmation),
            "offsets": asdict(quote.offsets),
            "selector": {
                "type": "TextQuoteSelector",
                "prefix": quote.prefix,
                "exact": quote.text,
                "suffix": quote.suffix,
            },
            "citation": {**cited, "saved_at": quote.citation.saved_at.isoformat()},
        }


def _confirmed(confirmation: Confirmation | None) -> dict[str, Any] | None:
    if confirmation is None:
        return None
    at = confirmation.at
    return {
        "by": confirmation.name,
        "at": at.isoformat() if at else None,
        "standing": confirmation.standing.value,
    }


def _json(values: object) -> str:
    return json.dumps(values, ensure_ascii=False)
