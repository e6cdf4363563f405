"""The stages of every write operation of the API, by its id."""

from tests.journeys import (
    stages_beside_cases,
    stages_of_accommodation,
    stages_of_cases,
    stages_of_letters,
    stages_of_messages,
    stages_of_municipalities,
    stages_of_planning,
    stages_of_privacy,
    stages_of_procurement,
    stages_of_sweden,
    stages_of_users,
    stages_of_webhooks,
)

STAGES = (
    stages_of_cases.STAGES
    | stages_beside_cases.STAGES
    | stages_of_users.STAGES
    | stages_of_letters.STAGES
    | stages_of_messages.STAGES
    | stages_of_municipalities.STAGES
    | stages_of_planning.STAGES
    | stages_of_privacy.STAGES
    | stages_of_webhooks.STAGES
)
#: Those of a Swedish deployment that Norway's has not.
SWEDISH = stages_of_sweden.STAGES | stages_of_accommodation.STAGES | stages_of_procurement.STAGES
