"""Why a municipality stands where it does, as a sentence in the language now spoken."""

from collections.abc import Mapping
from typing import Any

from app.languages import language
from app.wording import MissingLabel, filled, table


def reason_text(reason: Mapping[str, Any]) -> str:
    """The words of one reason, as `workflow.redistribution.proposals.reason_data` keeps it.

    Criteria that a municipality meets or not have two sentences, told apart by whether the value is
    there and not false.
    """
    criterion, value = reason["criterion"], reason["value"]
    words = table(language()).get("reason", {})
    sentence = words.get(criterion) or words.get(f"{criterion}.{'yes' if value else 'no'}")
    if sentence is None:
        raise MissingLabel(f"{language()} reason {criterion}")
    told = filled(sentence, {**reason["facts"], "value": value})
    if told is None:
        raise MissingLabel(f"{language()} reason {criterion} lacks a fact")
    return told
