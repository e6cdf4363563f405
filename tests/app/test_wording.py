"""Every code has words, in every language, and a refusal always has an answer."""

import importlib
import pkgutil
import re
from collections.abc import Iterator
from datetime import date
from enum import StrEnum
from string import Formatter

import pytest

import app
import notifications
import workflow
from app import deliveries
from app.formats import FORMATS
from app.languages import LABELS, speaking
from app.scopes import TokenScope
from app.webhooks import states as webhooks
from app.wording import MissingLabel, count, explain, label, table, told
from workflow.accommodation import states as accommodation
from workflow.allocation import states as allocation
from workflow.approvals import states as approvals
from workflow.capacity.errors import NoneFree
from workflow.capacity.states import EntryKind, HouseholdKind, KindLimitState, Pool, Service
from workflow.cases import states as cases
from workflow.cases.errors import WeekPast, WrongState
from workflow.cases.machine import TRIGGERS
from workflow.dialogue import states as dialogue
from workflow.kernel.actor import Role
from workflow.kernel.audit import Kind
from workflow.kernel.errors import DomainError
from workflow.letters import states as letters
from workflow.letters.languages import Language
from workflow.municipalities.models import LetterLanguage
from workflow.planning.barriers import CHANGES
from workflow.planning.rule_sets import Method as PlanningMethod
from workflow.planning.rule_sets import Step
from workflow.privacy.states import ErasureState, RetentionRule
from workflow.procurement import states as procurement
from workflow.ranking.apportionment import Method
from workflow.ranking.order import Criterion
from workflow.redistribution import codes as report_codes
from workflow.redistribution.changes import FORMER_FIRST, TO_BE_FIRST
from workflow.redistribution.states import (
    DraftState,
    ItemOutcome,
    PlanReason,
    PreparationState,
    RunKind,
    RunState,
    ScoreUnit,
)
from workflow.reforms.states import ReformKind, Side
from workflow.reports import states as reports
from workflow.travel.checklist import Duty, Phase
from workflow.travel.contacts import Office, Topic
from workflow.travel.seen import RunsOut
from workflow.travel.states import BookingChange, BookingState, Means, WishState
from workflow.vacancies.states import Fate, ReasonCode, VacancyKind, VacancyState

#: Which section of the tables has the words of which closed set.
SECTIONS: dict[type[StrEnum], str] = {
    approvals.Action: "approval_action",
    webhooks.DeliveryState: "webhook_delivery",
    webhooks.Fault: "webhook_fault",
    webhooks.Off: "webhook_off",
    approvals.ApprovalState: "approval_state",
    cases.CaseState: "state",
    cases.DecisionKind: "decision_kind",
    cases.DeclineReason: "decline_reason",
    cases.DistributionNext: "distribution_next",
    cases.DistributionState: "distribution_state",
    cases.EntryStatus: "entry_status",
    cases.Group: "group",
    cases.JoinReason: "join_reason",
    cases.LegalGround: "legal_ground",
    cases.Need: "need",
    cases.Protection: "protection",
    cases.Purpose: "purpose",
    ErasureState: "erasure_state",
    RetentionRule: "retention_rule",
    cases.Sex: "sex",
    cases.TieKind: "tie_kind",
    cases.TieReach: "tie_reach",
    ScoreUnit: "score_unit",
    Service: "service",
    HouseholdKind: "household_kind",
    KindLimitState: "kind_limit_state",
    cases.Track: "track",
    BookingChange: "booking_change",
    BookingState: "booking_state",
    Criterion: "criterion",
    DraftState: "draft_state",
    PlanReason: "criterion",
    PlanningMethod: "planning_method",
    Step: "plan_step",
    Duty: "duty",
    Phase: "phase",
    Means: "means",
    WishState: "wish_state",
    EntryKind: "place_entry",
    Fate: "fate",
    ItemOutcome: "item_outcome",
    LetterLanguage: "letter_language",
    letters.Channel: "letter_channel",
    letters.Delivery: "delivery",
    letters.LetterKind: "letter_kind",
    letters.LetterState: "letter_state",
    letters.StopReason: "stop_reason",
    deliveries.Fate: "delivery_fate",
    deliveries.By: "message_channel",
    letters.Recipient: "letter_recipient",
    Language: "written_in",
    Method: "method",
    Office: "office",
    Pool: "pool",
    ReasonCode: "vacancy_reason",
    Role: "role",
    ReformKind: "reform_kind",
    RunKind: "run_kind",
    RunState: "run_state",
    PreparationState: "preparation_state",
    RunsOut: "runs_out",
    Side: "reform_side",
    Topic: "topic",
    TokenScope: "token_scope",
    VacancyKind: "vacancy_kind",
    VacancyState: "vacancy_state",
    Kind: "audit_kind",
}
#: Those of a Swedish deployment, whose table has these and what both countries read.
SWEDISH_SECTIONS: dict[type[StrEnum], str] = {
    allocation.VersionKind: "version_kind",
    allocation.SwapState: "swap_state",
    allocation.LegalBasis: "legal_basis",
    allocation.Housing: "housing",
    allocation.Counted: "counted",
    dialogue.Party: "party",
    dialogue.ContactChannel: "contact_channel",
    accommodation.AccommodationKind: "accommodation_kind",
    accommodation.Standard: "standard",
    accommodation.OwnerKind: "owner_kind",
    accommodation.Meals: "meals",
    accommodation.Term: "term",
    accommodation.OfferState: "offer_state",
    accommodation.RowState: "row_state",
    accommodation.Nearby: "nearby",
    procurement.Measure: "evenness",
    procurement.Method: "plan_method",
    reports.ReportKind: "report_kind",
    reports.ReportState: "report_state",
    reports.CostKind: "cost_kind",
    Role: "role",
    Kind: "audit_kind",
    TokenScope: "token_scope",
}
#: Packages whose refusals are Sweden's own, and those of both countries.
SWEDEN = (
    *("workflow.accommodation", "workflow.allocation", "workflow.dialogue", "workflow.reports"),
    "workflow.procurement",
)
BOTH = (*SWEDEN, "workflow.kernel", "app.users", "app.refusals")
#: Files with closed sets that people read.
READ_BY_PEOPLE = re.compile(r"workflow\.\w+\.states|workflow\.kernel\.actor")
TABLES = sorted(path.stem for path in LABELS.glob("*.toml") if path.stem != "sv")
EVERY_TABLE = [*TABLES, "sv"]


def _import_all() -> None:
    for root in (workflow, notifications, app):
        for module in pkgutil.walk_packages(root.__path__, f"{root.__name__}."):
            if not module.name.endswith("__main__"):
                importlib.import_module(module.name)


def _under(base: type) -> Iterator[type]:
    for below in base.__subclasses__():
        yield below
        yield from _under(below)


def _keys(table: dict, above: str = "") -> Iterator[str]:
    for key, value in table.items():
        if isinstance(value, dict):
            yield from _keys(value, f"{above}{key}/")
        else:
            yield f"{above}{key}"


def _sentences(table: dict) -> Iterator[str]:
    for value in table.values():
        yield from _sentences(value) if isinstance(value, dict) else [value]


@pytest.mark.parametrize("language", TABLES)
@pytest.mark.parametrize("words", SECTIONS, ids=lambda words: words.__name__)
def test_every_word_of_a_closed_set_has_a_label(words, language):
    with speaking(language):
        labels = [label(word, SECTIONS[words]) for word in words]

    assert all(labels)


@pytest.mark.parametrize("words", SWEDISH_SECTIONS, ids=lambda words: words.__name__)
def test_every_word_of_a_swedish_deployment_has_a_swedish_label(words):
    with speaking("sv"):
        labels = [label(word, SWEDISH_SECTIONS[words]) for word in words]

    assert all(labels)


def test_no_closed_set_that_people_read_is_without_a_section():
    _import_all()

    read = {
        words
        for words in _under(StrEnum)
        if READ_BY_PEOPLE.fullmatch(words.__module__) and words not in SECTIONS | SWEDISH_SECTIONS
    }

    assert read == set()


@pytest.mark.parametrize("section", ["trigger", "step", "done"])
def test_every_trigger_has_a_button_a_line_of_history_and_what_it_came_to(section):
    assert set(TRIGGERS) <= set(table("nb")[section])


def test_every_state_is_explained():
    for section in ("state_meaning", "state_next"):
        assert set(table("nb")[section]) == set(cases.CaseState)
    assert set(table("nb")["track_meaning"]) == set(cases.Track)


@pytest.mark.parametrize("language", TABLES)
def test_every_hard_rule_of_a_plan_and_what_would_lift_it_has_words(language):
    words = table(language)

    assert set(words["barrier"]) == set(CHANGES)
    assert set(words["change"]) == {*CHANGES.values(), FORMER_FIRST, TO_BE_FIRST}
    assert set(words["plan_unit"]) == set(Step)


def test_every_refusal_has_words():
    _import_all()

    refusals = [refusal for refusal in _under(DomainError) if hasattr(refusal, "code")]
    norwegian = {one.code for one in refusals if not one.__module__.startswith(SWEDEN)}
    norwegian |= {value for name, value in vars(report_codes).items() if name.isupper()}
    swedish = {one.code for one in refusals if one.__module__.startswith(BOTH)}

    assert norwegian - set(table("nb")["problem"]) == set()
    assert swedish - set(table("sv")["problem"]) == set()


def test_the_languages_have_the_same_keys():
    keys = {language: set(_keys(table(language))) for language in TABLES}

    assert all(keys[language] == keys["nb"] for language in TABLES)


@pytest.mark.parametrize("language", EVERY_TABLE)
def test_a_refusal_says_what_is_wrong_and_what_to_do(language):
    for code, words in table(language)["problem"].items():
        assert set(words) == {"title", "sentence", "next"}, code
        assert not words["title"].endswith("."), code
        assert words["sentence"].endswith("."), code
        assert words["next"].endswith("."), code


@pytest.mark.parametrize("language", EVERY_TABLE)
def test_a_sentence_asks_for_facts_in_formats_there_are(language):
    tables = table(language)

    for sentence in _sentences(tables):
        for _, fact, format_spec, _ in Formatter().parse(sentence):
            kind, _, noun = (format_spec or "").partition(".")
            assert fact is None or fact.isidentifier(), sentence
            assert not kind or kind in FORMATS or kind in tables, sentence
            assert kind != "count" or noun in tables["count"], sentence


def test_the_facts_of_a_refusal_stand_in_its_sentence():
    refusal = NoneFree(municipality="5006", year=2020, persons=5, free=1)

    explained = explain(refusal)

    assert explained.title == "Ikke nok ledige plasser"
    assert explained.sentence == (
        "Kommune 5006 har 1 plass igjen i 2020, og saken gjelder 5 personer."
    )
    assert explained.next.startswith("Velg en annen kommune")


def test_weeks_and_days_kept_as_text_read_as_people_write_them():
    explained = explain(WeekPast(week="2020-W24", today=date(2020, 6, 12)))

    assert explained.sentence == (
        "Bosettingsuken, uke 24 (8.–14. juni 2020), har begynt eller er over. "
        "I dag er det 12. juni 2020."
    )


def test_codes_among_the_facts_are_told_by_their_labels():
    explained = explain(WrongState(trigger="accept", state="withdrawn"))

    assert "«Godkjenn fordeling» når saken er «Trukket»" in explained.sentence


@pytest.mark.parametrize(
    "refusal",
    [
        "state.wrong",
        WrongState(trigger="accept", state="something without a label"),
    ],
)
def test_without_its_facts_a_refusal_still_says_what_is_wrong(refusal):
    explained = explain(refusal)

    assert explained.sentence == "Saken er ikke i riktig tilstand."
    assert explained.next


def test_a_code_without_words_is_answered_all_the_same():
    explained = explain("nobody.wrote_this")

    assert explained.code == "nobody.wrote_this"
    assert explained.sentence == "En regel stoppet handlingen, og ingenting er endret."


def test_a_label_that_is_missing_is_an_error_and_not_an_empty_cell():
    with pytest.raises(MissingLabel, match="nb state nowhere"):
        label("nowhere", "state")
    with pytest.raises(MissingLabel, match="nb count goose"):
        count(3, "goose")
    with pytest.raises(MissingLabel):
        told("nowhere")


def test_one_is_singular_and_the_rest_plural():
    assert [count(number, "person") for number in (0, 1, 5, 1200)] == [
        "0 personer",
        "1 person",
        "5 personer",
        "1\N{NO-BREAK SPACE}200 personer",
    ]


def test_an_answer_is_told_in_the_readers_language():
    with speaking("en"):
        assert label("placed", "state") == "Placed"
        assert told("settle") == "The household is recorded as settled."
