"""Of the register of personal columns, the tables of a Swedish deployment: no case, no person."""

from typing import Final

#: Who decided, swapped, counted, and who took part in a talk.
STAFF: Final[dict[str, frozenset[str]]] = {
    **dict.fromkeys(
        (
            *("distribution_keys", "statistics_sets", "key_runs", "target_versions"),
            *("target_carries", "target_excesses", "notice_terms", "people_counts"),
            *("location_weights", "inventories", "accommodation_contracts", "call_offs"),
            *("occupancies", "procurement_plans", "bed_changes"),
        ),
        frozenset({"actor"}),
    ),
    "target_swaps": frozenset({"proposed_by", "agreed_by", "ended_by"}),
    "dialogue_entries": frozenset({"participants", "actor", "answered_by", "followed_up_by"}),
    "reports": frozenset({"taken_by", "coordinated_by", "frozen_by", "handed_over_by"}),
    "report_parts": frozenset({"signed_by"}),
    "inventory_rows": frozenset({"decided_by"}),
    "accommodation_objects": frozenset({"actor", "scored_by"}),
    "accommodation_offers": frozenset({"actor", "ended_by"}),
}

#: Places, codes, rules, digests.
NOBODY: Final[dict[str, frozenset[str]]] = {
    "distribution_keys": frozenset({"name", "title", "source", "parameters"}),
    "statistics_sets": frozenset({"title", "source", "columns", "people_columns", "sha256"}),
    "statistics": frozenset({"name", "county"}),
    "key_runs": frozenset({"sha256"}),
    "key_run_lines": frozenset({"county", "contributions"}),
    "target_versions": frozenset({"reason", "notice_reason"}),
    "target_changes": frozenset({"county"}),
    "targets": frozenset({"county"}),
    "target_carries": frozenset({"county", "reason"}),
    "target_swaps": frozenset({"county", "reason", "answer"}),
    "target_excesses": frozenset({"county", "what", "reason"}),
    "people_counts": frozenset({"source", "sha256", "evenness", "sums"}),
    "people_count_lines": frozenset({"county"}),
    "dialogue_entries": frozenset({"county", "proposal", "answer"}),
    "reports": frozenset({"title", "recipients", "sha256", "difference_reason"}),
    "report_parts": frozenset({"county", "figures", "sha256", "text"}),
    "location_weights": frozenset({"reason", "features"}),
    "inventories": frozenset({"county", "source", "sha256"}),
    "inventory_rows": frozenset({"county", "fields", "reason"}),
    "accommodation_objects": frozenset({"county", "name", "address", "score_note", "provenance"}),
    "accommodation_offers": frozenset({"county", "supplier", "reference", "end_reason"}),
    "accommodation_contracts": frozenset({"county", "supplier", "reference", "end_reason"}),
    "call_offs": frozenset({"county", "notice_reason", "end_reason"}),
    "occupancies": frozenset({"county", "source"}),
    "bed_changes": frozenset({"county", "reason"}),
    "procurement_plans": frozenset({"title", "prices", "inputs", "sha256", "found", "reason"}),
}
