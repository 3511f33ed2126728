"""Which test shows what: the part of docs/conformance.md that the program cannot know of itself.

A test is named by its file, or by its file and function (`tests/x.py::test_y`). Of a key of a file that people write, a
test named by its file alone must use the key, itself or in the files that it reads (`READS`).
"""

from __future__ import annotations

from collections.abc import Mapping

NOTHING = ""
"""No test shows it: the page says so."""

# -- HL7 v2

ADT = "tests/adapters/hl7v2/test_happenings.py"
ADT_TOLD = f"{ADT}::test_an_event_tells"
ADT_PARTLY: Mapping[str, tuple[str, str]] = {
    "A08": (
        "facts, address, expected day of discharge and a corrected discharge are read; the rest of the visit is not",
        f"{ADT}::test_an_update_with_a_discharge_time_corrects_the_discharge",
    ),
    "A31": ("facts, address and death are read; the rest is not", f"{ADT}::test_an_update_may_take_it_back"),
}
"""Events of which not everything is read: what is, and the test."""
ADT_TESTS: Mapping[str, str] = {
    "A40": f"{ADT}::test_the_old_identifiers_are_retired",
    "A44": f"{ADT}::test_only_the_named_stay_moves",
    "A45": f"{ADT}::test_only_the_named_stay_moves",
    "A47": f"{ADT}::test_the_old_identifiers_are_retired",
    "Z99": f"{ADT}::test_a_correction_revises_what_was_told",
}
ADT_REFUSED = "tests/adapters/hl7v2/test_refusals.py::test_a_refusal_says_what_and_where"

# -- Norwegian messages

READ = "tests/norwegian/test_samples.py::test_every_type_that_is_read_has_a_sample"
READ_PARTLY: Mapping[str, tuple[str, str]] = {
    "EPIKRISE": (
        "the head is read: who, to whom, about whom, when; the letter itself is kept and not read",
        "tests/adapters/norwegian/test_reading.py::test_a_discharge_letter_is_read_to_its_head",
    ),
    "EPJ-EKSTRAKT": ("it tells that a list of medicines came; the extract is kept whole and not read", NOTHING),
}
"""Types of which not everything is read: what is, and the test."""
WRITTEN = (
    "tests/adapters/norwegian/test_outgoing.py::test_a_message_is_read_again_with_nothing_changed_and_breaks_no_rule"
)
READ_ONLY: Mapping[str, tuple[str, str]] = {
    "DIALOG_NOTAT": (
        "partly: in place of DIALOG_HELSEFAGLIG/7, for a partner who has dialogue 1.0 only",
        "tests/norwegian/test_both_sides.py::test_a_partner_that_has_only_the_old_version_gets_a_note",
    ),
    "EPJ-EKSTRAKT": ("refused: no message that a pathway may send", NOTHING),
}
"""Types that no pathway sends: their state on the way out, and the test."""
AS_JSON = "tests/outbox/test_engine.py::test_what_a_nurse_decides_becomes_a_file_once"
RECEIPTS_OUT = "tests/norwegian/test_reception.py::test_a_receipt_is_in_the_version_of_the_messages_standard"
RECEIPTS_IN = (
    "tests/norwegian/test_receipts_received.py::test_a_positive_receipt_settles_its_message_and_is_not_answered"
)

# -- The message service, by the function that asks it

CLIENT = "tests/message_service/test_client.py"
SERVICE_CALLS: Mapping[str, tuple[str, str, str]] = {
    "unread": ("list what is unread, with metadata", "", f"{CLIENT}::test_only_what_is_for_us_is_listed_oldest_first"),
    "document": ("fetch a business document", "", f"{CLIENT}::test_a_message_is_received_answered_and_marked_as_read"),
    "post": ("post a message or a receipt", "", f"{CLIENT}::test_a_letter_is_posted_and_its_receipt_awaited"),
    "mark_read": ("mark as read", "", f"{CLIENT}::test_a_message_is_received_answered_and_marked_as_read"),
    "statuses": (
        "how far a message has come", "nothing asks by itself",
        f"{CLIENT}::test_a_letter_is_posted_and_its_receipt_awaited",
    ),
    "receipts": (
        "the receipts of a message", "asked before a receipt is posted again; for sent messages nothing asks",
        f"{CLIENT}::test_an_answer_that_the_service_does_not_know_of_goes_again_as_it_was",
    ),
}  # fmt: skip
"""What each call does, what it lacks, and its test."""

# -- FHIR

FHIR_TYPES: Mapping[str, str] = {
    "ActivityDefinition": "tests/fhir/test_definitions.py",
    "AuditEvent": "tests/fhir/test_audit.py",
    "CarePlan": "tests/fhir/test_search_episodes.py",
    "CodeSystem": "tests/fhir/test_definitions.py",
    "Communication": "tests/fhir/test_answers_and_comments.py",
    "Encounter": "tests/fhir/test_encounters.py",
    "EpisodeOfCare": "tests/fhir/test_search_episodes.py",
    "HealthcareService": "tests/fhir/test_definitions.py",
    "Organization": "tests/fhir/test_definitions.py",
    "Patient": "tests/fhir/test_patients.py",
    "PlanDefinition": "tests/fhir/test_definitions.py",
    "Practitioner": "tests/fhir/test_definitions.py",
    "PractitionerRole": "tests/fhir/test_definitions.py",
    "Provenance": "tests/fhir/test_audit.py",
    "Questionnaire": "tests/fhir/test_definitions.py",
    "QuestionnaireResponse": "tests/fhir/test_answers_and_comments.py",
    "SearchParameter": "tests/fhir/test_definitions.py",
    "ServiceRequest": "tests/fhir/test_service_requests.py",
    "StructureDefinition": "tests/fhir/test_definitions.py",
    "Subscription": "tests/fhir/test_subscriptions.py",
    "Task": "tests/fhir/test_task_writing.py",
    "ValueSet": "tests/fhir/test_definitions.py",
}
"""The test of each type; each must name the type."""
SUBSCRIPTIONS = "tests/fhir/test_subscriptions.py"
OPERATIONS: Mapping[str, str] = {
    "$apply": "tests/fhir/test_operations.py::test_what_is_shown_is_what_comes",
    "$everything": "tests/fhir/test_operations.py::test_everything_is_what_the_searches_find",
    "$export": "tests/fhir/test_operations.py::test_an_export_holds_what_the_caller_may_see",
    "$validate": "tests/fhir/test_operations.py::test_validation_always_answers",
    "$status": f"{SUBSCRIPTIONS}::test_status_and_events_let_a_program_catch_up",
    "$events": f"{SUBSCRIPTIONS}::test_status_and_events_let_a_program_catch_up",
}
TOPICS: Mapping[str, str] = {
    "task-changed": f"{SUBSCRIPTIONS}::test_a_program_shakes_hands_and_is_told_of_tasks",
    "phase-changed": f"{SUBSCRIPTIONS}::test_phases_and_readiness_are_told_to_who_may_see_the_patient",
    "discharge-ready": f"{SUBSCRIPTIONS}::test_phases_and_readiness_are_told_to_who_may_see_the_patient",
}
PARAMETERS = "tests/fhir/test_capability.py::test_every_parameter_that_it_names_is_understood"

# -- Keys of the files that people write

JOURNEYS = "tests/language/test_journeys.py"
GENERATED = "tests/language/test_generated.py"
WRONG = "tests/language/test_wrong_files.py"
READER = "tests/language/test_reader.py"
CATALOGUE = "tests/language/test_rule_catalogue.py"
BOTH_SIDES = "tests/norwegian/test_both_sides.py"
LOOPS = "tests/simulations/test_loops_agree.py"
WORK = "tests/simulations/test_work.py"
WRONG_SCENARIOS = "tests/simulations/test_wrong_scenarios.py"
PUBLISHED = "tests/simulations/test_published.py"
PLAYED = "tests/simulations/answers/test_played.py"
PAGES = "tests/simulations/test_pages.py"
DURATIONS = "tests/simulations/test_durations.py"
EXACT = "tests/simulations/test_exact.py"

SHIPPED_PATHWAYS = ("pathways/**/*.yaml",)
SHIPPED_SCENARIOS = ("simulations/**/*.yaml",)
BUILT = ("tests/simulations/building.py",)
READS: Mapping[str, tuple[str, ...]] = {
    JOURNEYS: SHIPPED_PATHWAYS,
    GENERATED: SHIPPED_PATHWAYS,
    BOTH_SIDES: SHIPPED_PATHWAYS,
    CATALOGUE: ("tests/language/rule_catalogue/**/*.yaml",),
    WRONG: ("tests/language/wrong/*.yaml", "tests/language/right/**/*.yaml"),
    READER: ("tests/language/right/**/*.yaml",),
    LOOPS: BUILT,
    EXACT: BUILT,
    WORK: BUILT,
    WRONG_SCENARIOS: ("tests/simulations/wrong/*.yaml", "tests/simulations/right/*.yaml"),
    PUBLISHED: ("tests/simulations/published/*.yaml", *SHIPPED_SCENARIOS),
    PAGES: SHIPPED_SCENARIOS,
}
"""The files that a test reads: what it shows of a key may stand there."""

SECTIONS: Mapping[str, str] = {
    "pathway": JOURNEYS, "fact": JOURNEYS, "enrol": JOURNEYS, "move": JOURNEYS, "step": JOURNEYS,
    "escalation": JOURNEYS, "sends": BOTH_SIDES, "announcement": BOTH_SIDES, "checklist": WRONG, "item": WRONG,
    "text": WRONG, "journey": JOURNEYS, "happening": JOURNEYS,
}  # fmt: skip
"""The test of each section of pathway, checklist and journey files."""
SCENARIO: Mapping[str, str] = {
    "scenario": LOOPS, "run": WRONG_SCENARIOS, "resource": LOOPS, "change": LOOPS, "week": WORK, "arrivals": LOOPS,
    "phase": LOOPS, "exit": LOOPS, "hazard": LOOPS, "overflow": LOOPS, "readmission": LOOPS, "staff": WORK,
    "task": WORK, "mean and sd": DURATIONS, "mean": DURATIONS, "stages": WRONG_SCENARIOS, "range": WRONG_SCENARIOS,
    "observed": WRONG_SCENARIOS, "text": WRONG_SCENARIOS,
}  # fmt: skip
"""The test of each section of a scenario file."""
QUANTILES = f"{DURATIONS}::test_two_quantiles_are_met"
KEYS: Mapping[tuple[str, str], str] = {
    ("week", "hours"): WRONG_SCENARIOS,
    ("pathway", "source"): WRONG,
    ("pathway", "words"): f"{GENERATED}::test_every_event_fact_and_choice_has_a_word_in_both_languages",
    ("move", "clarify"): NOTHING,
    (
        "step",
        "escalate",
    ): "tests/service/test_episodes.py::test_an_overdue_visit_rises_to_the_leader_and_can_still_be_done",
    ("step", "basis"): GENERATED,
    ("step", "verified"): GENERATED,
    ("step", "hard"): GENERATED,
    ("step", "severity"): f"{CATALOGUE}::test_a_rule_of_the_catalogue_is_a_step_with_its_limit_kind_and_strength",
    ("step", "sends"): BOTH_SIDES,
    ("checklist", "template"): GENERATED,
    (
        "item",
        "deviation",
    ): "tests/service/test_undoing.py::test_a_deviation_that_is_followed_up_becomes_a_task_of_its_own",
    ("item", "proposes"): "tests/web/test_task_page.py::test_a_deviation_proposes_a_follow_up",
    (
        "item",
        "required",
    ): "tests/web/test_task_page.py::test_an_incomplete_checklist_says_which_item_and_keeps_the_rest",
    ("phase", "waits_for"): WORK,
    ("scenario", "title"): WRONG_SCENARIOS,
    ("scenario", "source"): WRONG_SCENARIOS,
    ("scenario", "scenario"): WRONG_SCENARIOS,
    ("scenario", "municipality_numbers"): PLAYED,
    ("scenario", "staff"): WORK,
    ("scenario", "tasks"): WORK,
    ("scenario", "price_per_overstay_day"): PAGES,
    ("run", "seed"): "tests/simulations/test_spread.py::test_another_seed_gives_other_figures",
    ("run", "replications"): "tests/simulations/test_spread.py::test_more_replications_keep_the_first_ones",
    ("run", "warm_up"): f"{DURATIONS}::test_a_warm_up_is_found_and_one_without_end_is_told",
    ("resource", "queue"): f"{EXACT}::test_a_limited_queue_is_that_of_theory",
    ("change", "from"): WRONG_SCENARIOS,
    ("change", "to"): WRONG_SCENARIOS,
    ("arrivals", "by_hour"): f"{EXACT}::test_who_is_present_by_hour_of_the_week_is_the_integral_of_theory",
    ("arrivals", "by_weekday"): PAGES,
    ("arrivals", "growth"): NOTHING,
    ("arrivals", "with"): PLAYED,
    ("phase", "is_ready"): PLAYED,
    ("exit", "death"): PLAYED,
    ("exit", "with"): PLAYED,
    ("hazard", "death"): PLAYED,
    ("hazard", "with"): PLAYED,
    ("readmission", "with"): PLAYED,
    ("task", "cancelled"): "tests/simulations/test_tasks_agree.py",
    ("mean and sd", "median"): QUANTILES,
    **{("mean and sd", f"p{share}"): QUANTILES for share in (5, 10, 20, 25, 30, 40, 60, 70, 75, 80, 90, 95)},
}
"""Keys whose test is another one than that of their section."""
LACKS: Mapping[tuple[str, str], str] = {
    ("step", "valid_from"): "that it is read is shown, not that a step is left out before it",
    ("step", "valid_to"): "that it is read is shown, not that a step is left out after it",
    ("scenario", "price_per_overstay_day"): "that it is read is shown, not the amount",
    ("arrivals", "by_weekday"): "that it is read is shown, not the arrivals by weekday",
}
"""What the named test does not show of a key."""
