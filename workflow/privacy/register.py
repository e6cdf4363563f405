"""Every column that may say something about a person, and what becomes of it; the register as data.

Erasure and the export of a person are made of it, docs/privacy.md is drawn from it, and a test
holds it against the models: a new column that can hold a text stands here, or that test fails.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from workflow.privacy import sweden


class Erased(StrEnum):
    """What stands in a personal column once the case is erased."""

    NOTHING = "nothing"
    EMPTY_LIST = "an empty list"
    EMPTY_OBJECT = "an empty object"
    DECADE = "the decade"
    SOMEWHERE = "ZZ, no country"
    A_WORD = "the word erased"
    WITHOUT_PEOPLE = "the household without its people"
    NO_TEXT = "codes and numbers, no text"
    ROW = "the row is removed"


class Reach(StrEnum):
    """How the rows of a person are found in a table."""

    PERSON = "person"
    CASE = "case"
    OF_PERSON = "of person"
    OF_CASE = "of case"
    OF_BOOKING = "of booking"
    OF_LETTER = "of letter"
    SUBJECT = "audit subject"
    REASON = "audit reason"
    ANSWER = "kept answer"


@dataclass(frozen=True, slots=True)
class Personal:
    """A table with something about the people of a case, and its personal columns."""

    table: str
    reach: Reach
    columns: dict[str, Erased]
    #: What the table is, for the record of processing.
    what: str
    #: The database lets nobody change it but through erase_written.
    append_only: bool = False


PERSONAL: Final = (
    Personal(
        "persons",
        Reach.PERSON,
        {
            "name": Erased.NOTHING,
            "duf_number": Erased.NOTHING,
            "birth_year": Erased.DECADE,
            "nationality": Erased.SOMEWHERE,
            "relation": Erased.NOTHING,
            "languages": Erased.EMPTY_LIST,
            "occupation": Erased.NOTHING,
            "education": Erased.NOTHING,
            "left_reason": Erased.NOTHING,
        },
        "who the people are, where they come from, what they can do",
    ),
    Personal(
        "cases",
        Reach.CASE,
        {"departure_country": Erased.NOTHING, "needs": Erased.EMPTY_LIST},
        "the household: what it needs (health among it), where it leaves from",
    ),
    Personal(
        "distributions",
        Reach.OF_CASE,
        {
            "shown": Erased.WITHOUT_PEOPLE,
            "override_reason": Erased.NOTHING,
            "answer_text": Erased.NOTHING,
            "outcome": Erased.NOTHING,
        },
        "the anonymised household as a municipality was shown it, and what it answered",
    ),
    Personal("decisions", Reach.OF_CASE, {"reason": Erased.NOTHING}, "why a decision was made"),
    Personal(
        "bookings",
        Reach.OF_CASE,
        {
            "airport_reason": Erased.NOTHING,
            "flight": Erased.NOTHING,
            "window_reason": Erased.NOTHING,
            "route": Erased.NOTHING,
        },
        "how the household travels",
    ),
    Personal(
        "booking_versions",
        Reach.OF_BOOKING,
        {
            "airport_reason": Erased.NOTHING,
            "flight": Erased.NOTHING,
            "window_reason": Erased.NOTHING,
            "route": Erased.NOTHING,
            "reason": Erased.NOTHING,
        },
        "every version of it, and why it changed",
        append_only=True,
    ),
    Personal(
        "case_steps",
        Reach.OF_CASE,
        {"reason": Erased.NOTHING, "facts": Erased.NO_TEXT},
        "what happened to the case, and why",
        append_only=True,
    ),
    Personal(
        "entry_records",
        Reach.OF_PERSON,
        {"source": Erased.A_WORD},
        "what was known of the person's entry, and from whom",
        append_only=True,
    ),
    Personal(
        "place_entries",
        Reach.OF_CASE,
        {"reason": Erased.NOTHING},
        "places held for the household",
        append_only=True,
    ),
    Personal(
        "vacancy_fates",
        Reach.OF_CASE,
        {"why": Erased.NOTHING},
        "homes kept for the household",
        append_only=True,
    ),
    Personal(
        "protected_access",
        Reach.OF_CASE,
        {"reason": Erased.A_WORD, "end_reason": Erased.NOTHING},
        "who may open a protected address, and why",
    ),
    Personal(
        "approvals",
        Reach.OF_CASE,
        {"parameters": Erased.EMPTY_OBJECT, "reason": Erased.NOTHING},
        "what two persons were to agree on in the case",
    ),
    Personal(
        "notifications",
        Reach.OF_CASE,
        {"facts": Erased.EMPTY_OBJECT},
        "what offices were told: codes and days, no name",
    ),
    Personal(
        "outbox",
        Reach.OF_CASE,
        {"facts": Erased.EMPTY_OBJECT},
        "events of the case on their way out: codes and days, no name",
    ),
    Personal(
        "idempotency_keys",
        Reach.ANSWER,
        {"body": Erased.ROW},
        "answers kept for repeated requests; after thirty days they are gone anyhow",
    ),
    Personal(
        "audit_reasons",
        Reach.REASON,
        {"reason": Erased.ROW},
        "the text of a reason in the audit; its digest stays in the chain",
    ),
    Personal(
        "audit_entries",
        Reach.SUBJECT,
        {},
        "who did what to the case: identifiers, codes and numbers; never erased",
        append_only=True,
    ),
    Personal(
        "folder_openings",
        Reach.OF_CASE,
        {},
        "who saw the people's names, when and what for; never erased with the case",
        append_only=True,
    ),
    Personal("meetings", Reach.OF_BOOKING, {}, "who of the municipality's people met them"),
    Personal(
        "transports",
        Reach.OF_CASE,
        {"note": Erased.NOTHING, "answer": Erased.NOTHING},
        "how the household came from its reception centre",
    ),
    Personal(
        "travel_wishes", Reach.OF_CASE, {}, "when and where the carrier was asked to bring it"
    ),
    Personal("done_duties", Reach.OF_CASE, {}, "what of the checklist was done, and when"),
    Personal("letters", Reach.OF_CASE, {}, "letters about the case: codes, numbers and digests"),
    Personal(
        "letter_documents",
        Reach.OF_LETTER,
        {"pdf": Erased.NOTHING},
        "the letters as sealed documents, with the people's names in decisions",
        append_only=True,
    ),
    Personal(
        "webhook_deliveries",
        Reach.OF_CASE,
        {},
        "which other systems were told of events of the case: identifiers and codes only",
    ),
    Personal(
        "case_links",
        Reach.OF_CASE,
        {"kind": Erased.ROW, "reach": Erased.ROW},
        "which cases are close family to each other, and how near they are to be settled",
    ),
    Personal(
        "run_items",
        Reach.OF_CASE,
        {"input": Erased.NOTHING, "override": Erased.NOTHING},
        "the case's line in a run: what the plan knew of it, and why another place was chosen",
    ),
    Personal(
        "outcome_scores",
        Reach.OF_CASE,
        {"scores": Erased.EMPTY_OBJECT},
        "how well the household is thought to fare in each municipality, brought in from outside",
    ),
)

#: Columns about those who act: staff and machines. Kept as the archive of who did what; a user's
#: own row is ended, not removed.
STAFF: Final[dict[str, frozenset[str]]] = sweden.STAFF | {
    "transports": frozenset({"actor", "answered_by"}),
    "travel_wishes": frozenset({"actor"}),
    **dict.fromkeys(
        (
            # What was done in a case, a home or a municipality, and what was brought in.
            *("entry_records", "letter_steps", "measures", "place_entries"),
            *("vacancies", "vacancy_fates", "weekly_capacities", "municipality_services"),
        ),
        frozenset({"actor"}),
    ),
    "users": frozenset(
        {"name", "title", "email", "reception_centre", "provider", "subject"} | {"county"}
    ),
    "sign_ins": frozenset(
        {"secret_hash", "csrf", "provider", "provider_session", "sealed_hint", "device"}
    ),
    "saved_views": frozenset({"name"}),
    "sign_in_attempts": frozenset(
        {"state_hash", "browser_hash", "provider", "nonce", "code_verifier", "onward"}
    ),
    "access_tokens": frozenset({"secret_hash", "name", "reception_centre", "county"}),
    "approval_rules": frozenset({"changed_by"}),
    "approvals": frozenset(
        {
            "prepared_by",
            "prepared_role",
            "prepared_persons",
            "settled_by",
            "settled_persons",
        }
    ),
    "dispatches": frozenset({"address"}),
    "recipients": frozenset({"address", "added_by", "ended_by"}),
    "delegations": frozenset({"reason", "given_by", "ended_by"}),
    "audit_entries": frozenset({"actor", "role", "acting_for", "request_id"}),
    "booking_versions": frozenset({"actor"}),
    "calendar_feeds": frozenset({"secret_hash", "actor", "ended_by"}),
    "case_steps": frozenset({"actor", "actor_role"}),
    "decisions": frozenset({"actor"}),
    "done_duties": frozenset({"actor"}),
    "erasures": frozenset({"proposed_by", "settled_by", "reason"}),
    "folder_openings": frozenset({"opener", "actor", "actor_role", "reception_centre"}),
    "idempotency_keys": frozenset({"holder"}),
    "meetings": frozenset({"who", "actor"}),
    "notifications": frozenset({"read_by"}),
    "kind_limits": frozenset({"actor", "answered_by", "ended_by"}),
    "pauses": frozenset({"actor", "ended_by"}),
    "protected_access": frozenset({"given_by", "ended_by"}),
    "rate_buckets": frozenset({"source"}),
    "reforms": frozenset({"actor"}),
    "rule_drafts": frozenset({"actor", "proposed_by"}),
    "rule_sets": frozenset({"actor"}),
    "score_imports": frozenset({"actor"}),
    "what_ifs": frozenset({"actor"}),
    "run_preparations": frozenset({"actor", "asked_by"}),
    "runs": frozenset({"actor", "confirmed_by", "undone_by"}),
    "webhooks": frozenset({"actor", "ended_by"}),
}

#: Columns that say nothing about a person: places, codes, rules, digests.
NOBODY: Final[dict[str, frozenset[str]]] = sweden.NOBODY | {
    "airports": frozenset({"iata", "icao", "name"}),
    "approvals": frozenset({"subject", "stands_on"}),
    "audit_anchors": frozenset({"root", "frontier", "previous", "public_key", "signature"}),
    "audit_entries": frozenset(
        {
            "subject",
            "action",
            "refusal",
            "reason_digest",
            "before",
            "after",
            "previous_hash",
            "hash",
        }
    ),
    "audit_heads": frozenset({"subject", "previous_hash", "digest", "hash"}),
    "audit_leaves": frozenset({"subject", "hash"}),
    "audit_reasons": frozenset({"salt"}),
    "bookings": frozenset({"arrival_airport"}),
    "booking_versions": frozenset({"arrival_airport"}),
    "travel_wishes": frozenset({"arrival_airport", "fault"}),
    "case_steps": frozenset({"trigger", "source", "dest"}),
    "cases": frozenset({"case_number", "reception_centre"}),
    "distributions": frozenset({"reasons", "reason_code"}),
    "alarms": frozenset({"event", "subject"}),
    "dispatches": frozenset({"source", "message", "facts", "fault"}),
    "idempotency_keys": frozenset({"key", "request_hash", "headers"}),
    "letters": frozenset({"source", "facts", "sha256", "external_id", "fault"}),
    "letter_steps": frozenset({"what", "reason"}),
    "measures": frozenset({"reason"}),
    "kind_limits": frozenset({"kind", "reason", "answer"}),
    "pauses": frozenset({"reason"}),
    "municipalities": frozenset(
        {
            "number",
            "official_name",
            "norwegian_name",
            "sami_name",
            "county",
            "sort_key",
            "organisation_number",
            "nearest_airport",
            "second_airport",
            "preferred_airport",
        }
    ),
    "municipality_boundaries": frozenset({"path"}),
    "municipality_names": frozenset(
        {"number", "official_name", "norwegian_name", "sami_name", "county"}
    ),
    "notifications": frozenset({"message", "county"}),
    "outbox": frozenset({"type"}),
    "persons": frozenset({"joined_reason"}),
    "reform_parties": frozenset({"places"}),
    "rule_drafts": frozenset({"rules", "note", "simulation"}),
    "rule_sets": frozenset({"rules", "note"}),
    "run_plans": frozenset({"rules", "standings", "outcome", "inputs_sha256"}),
    "score_imports": frozenset({"unit", "source", "file_name", "sha256"}),
    "weekly_capacities": frozenset({"week"}),
    "municipality_services": frozenset({"service", "language"}),
    "what_ifs": frozenset({"name", "changes", "outcome"}),
    "run_items": frozenset({"code", "reasons", "passed_over", "before"}),
    #: Ids of cases; a refusal's sentence, which names nobody.
    "run_preparations": frozenset({"asked", "part", "code", "detail"}),
    "runs": frozenset({"token", "parameters", "counts", "free_after"}),
    "saved_views": frozenset({"query"}),
    "scheduled_work": frozenset({"name"}),
    #: About a home, for every reader in the municipality: the form says to name nobody.
    "vacancies": frozenset({"case_group", "comment"}),
    "webhook_deliveries": frozenset({"type"}),
    "webhooks": frozenset(
        {"url", "events", "secret", "secret_before", "reception_centre", "county"}
    ),
}
