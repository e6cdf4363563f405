"""Every column that can hold a text stands in the register of what is personal, once."""

import importlib
import pkgutil
from collections import Counter
from functools import cache

from sqlalchemy import ARRAY, Column, LargeBinary, String
from sqlalchemy.dialects.postgresql import JSONB

import app
import notifications
import workflow
from workflow.kernel.db import Base, EnumText, WeekText
from workflow.privacy.register import NOBODY, PERSONAL, STAFF

#: What a name, a number or a sentence can be written into.
_HOLDS_TEXT = (String, JSONB, ARRAY, LargeBinary)


@cache
def _tables():
    for package in (workflow, notifications, app):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if module.name.endswith(".models") or module.name.endswith("_models"):
                importlib.import_module(module.name)
    return Base.metadata.tables


def _holds_text(column: Column) -> bool:
    return isinstance(column.type, _HOLDS_TEXT) and not isinstance(column.type, EnumText | WeekText)


TEXTS = sorted(
    (table.name, column.name)
    for table in _tables().values()
    for column in table.columns
    if _holds_text(column)
)
REGISTERED = [
    (table, column)
    for table, columns in [
        *((kept.table, kept.columns) for kept in PERSONAL),
        *STAFF.items(),
        *NOBODY.items(),
    ]
    for column in columns
]


def test_a_column_that_holds_text_is_registered_once():
    times = Counter(REGISTERED)

    assert len(TEXTS) > 100
    assert {place: times[place] for place in TEXTS if times[place] != 1} == {}, (
        "they belong in workflow/privacy/register.py, once"
    )


def test_nothing_is_registered_that_is_not_there():
    assert {place for place in REGISTERED if place[1] not in _tables()[place[0]].columns} == set()


def test_every_table_that_refers_to_a_case_or_a_person_is_handed_out():
    refer = {
        table.name
        for table in _tables().values()
        if {"case_id", "person_id", "booking_id"} & set(table.columns.keys())
    }

    # A home is the municipality's; what became of it for the case is handed out with its fate.
    # A proposal to erase says nothing but that.
    assert refer - {kept.table for kept in PERSONAL} <= {"vacancies", "erasures"}
