"""The parties of a story at the API: each with its token, reading before it changes anything."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from fastapi.testclient import TestClient

V1 = "/api/v1"


@dataclass
class Clock:
    """The story's time: it stands still until it is set."""

    at: datetime

    async def __call__(self) -> datetime:
        return self.at

    def to(self, day: str, time: str = "10:00") -> None:
        """Days and times in UTC; a story never goes back."""
        then = datetime.fromisoformat(f"{day}T{time}").replace(tzinfo=UTC)
        assert then >= self.at, f"{then} lies before {self.at}"
        self.at = then


@dataclass(frozen=True)
class Party:
    """One who asks. A change says what was read, by the ETag of a reading just before it."""

    client: TestClient
    token: str

    def ask(self, method: str, path: str, body: Any = None, *, if_match: str | None = None):
        headers = {"authorization": f"Bearer {self.token}"}
        if if_match is not None:
            headers["if-match"] = if_match
        return self.client.request(method, f"{V1}{path}", json=body, headers=headers)

    # What it sees -------------------------------------------------------------------------------

    def sees(self, path: str, **params: Any) -> Any:
        answer = self.client.get(
            f"{V1}{path}", params=params, headers={"authorization": f"Bearer {self.token}"}
        )
        assert answer.status_code == 200, answer.text
        return answer.json()

    def lists(self, path: str, **params: Any) -> list[Any]:
        """A list that fits on one page."""
        page = self.sees(path, **params)
        assert page["next"] is None
        return page["items"]

    def case(self, case_id: str) -> dict[str, Any]:
        return self.sees(f"/cases/{case_id}")

    def does_not_see(self, *paths: str) -> bool:
        """They answer as what does not exist."""
        answers = [self.ask("GET", path) for path in paths]
        return all(
            answer.status_code == 404 and answer.json()["code"] == "not_found" for answer in answers
        )

    def has_no_case(self, case_id: str) -> bool:
        """Neither the case, nor its parts, nor a line of it in the list."""
        gone = self.does_not_see(
            *(f"/cases/{case_id}{part}" for part in ("", "/history", "/bookings"))
        )
        return gone and case_id not in [line["id"] for line in self.lists("/cases", limit=500)]

    def names(self, case_id: str, *, purpose: str | None = None) -> list[str | None]:
        said = {"purpose": purpose} if purpose else {}
        return [person["name"] for person in self.sees(f"/cases/{case_id}", **said)["persons"]]

    def history(self, case_id: str) -> list[str]:
        return [step["trigger"] for step in self.lists(f"/cases/{case_id}/history")]

    def choices(self, case_id: str) -> dict[str, str | None]:
        """Each trigger its role could take now, with the code of what stops it."""
        return {choice["trigger"]: choice["code"] for choice in self.case(case_id)["choices"]}

    # What it does -------------------------------------------------------------------------------

    def posts(self, path: str, *, read: str | None = None, **body: Any) -> Any:
        """A POST that succeeds, on what is read at `read` (None: nothing has to be read)."""
        answer = self.ask("POST", path, body, if_match=self._tag(read) if read else None)
        assert answer.status_code in {200, 201, 204}, answer.text
        return answer.json() if answer.content else None

    def does(self, case_id: str, step: str, **body: Any) -> dict[str, Any]:
        """A step of the case's life, on the case as it is read now."""
        return self.posts(f"/cases/{case_id}/{step}", read=f"/cases/{case_id}", **body)

    def cannot(self, case_id: str, step: str, **body: Any) -> str:
        """A step that is refused and changes nothing; the code that says why."""
        tag = self._tag(f"/cases/{case_id}")
        answer = self.ask("POST", f"/cases/{case_id}/{step}", body, if_match=tag)
        assert answer.status_code in {403, 404, 409, 422}, answer.text
        assert self._tag(f"/cases/{case_id}") == tag
        return answer.json()["code"]

    def is_told(self, path: str, *, read: str | None = None, **body: Any) -> str:
        """Why a POST is refused; of what it cannot read it changes whatever there is."""
        answer = self.ask("POST", path, body, if_match=self._tag(read) if read else "*")
        assert answer.status_code in {403, 404, 409, 422}, answer.text
        return answer.json()["code"]

    def writes_entry(self, case_id: str, status: str, **known: Any) -> dict[str, Any]:
        """What is known of entry, of all persons unless told otherwise."""
        answer = self.ask(
            "PUT",
            f"/cases/{case_id}/entry-information",
            {"status": status, "source": "UDI", **known},
            if_match=self._tag(f"/cases/{case_id}"),
        )
        assert answer.status_code == 200, answer.text
        return answer.json()

    def registers(self, *names: str, group: str = "resettlement", **more: Any) -> str:
        """A household by its names; returns the case's id."""
        persons = [
            {"name": name, "birth_year": 1985, "sex": "female", "nationality": "SY"}
            for name in names
        ]
        made = self.posts("/cases", group=group, persons=persons, **more)
        return made["id"]

    def proposed(self, case_id: str) -> list[str]:
        """The municipalities' numbers in the published order."""
        return [line["municipality_number"] for line in self.proposals(case_id)["items"]]

    def proposals(self, case_id: str) -> dict[str, Any]:
        return self.sees(f"/cases/{case_id}/proposals", limit=50)

    def _tag(self, path: str) -> str:
        answer = self.ask("GET", path)
        assert answer.status_code == 200, answer.text
        return answer.headers["etag"]


@dataclass(frozen=True)
class Municipality(Party):
    """One that answers; `reader` is a colleague who only reads."""

    id: int
    number: str
    name: str
    reader: Party = field(repr=False)

    def registers_places(self, *, year: int = 2020, **places: Any) -> dict[str, Any]:
        path = f"/municipalities/{self.number}/years/{year}"
        answer = self.ask("PUT", path, places, if_match=self._tag(path))
        assert answer.status_code == 200, answer.text
        return answer.json()

    def places(self, year: int = 2020) -> dict[str, Any]:
        return self.sees(f"/municipalities/{self.number}/years/{year}")

    def held_settled_free(self, year: int = 2020) -> tuple[int, int, int]:
        places = self.places(year)
        return places["held"], places["settled"], places["free"]

    def ledger(self, year: int = 2020, *, pool: str = "ordinary") -> list[tuple[str, int, int]]:
        """Kind, persons and what was free then, line by line."""
        path = f"/municipalities/{self.number}/years/{year}/ledger"
        return [
            (line["kind"], line["persons"], line["free_after"])
            for line in self.lists(path, pool=pool, limit=500)
        ]

    def asked(self) -> list[dict[str, Any]]:
        """What it was asked, the latest first; its own for good."""
        return self.lists("/distributions")

    def asked_about(self, case_id: str) -> dict[str, Any]:
        """The latest question about a case."""
        return next(asked for asked in self.asked() if asked["case_id"] == case_id)

    def reports_home(self, places: int, *, week: str, **more: Any) -> dict[str, Any]:
        return self.posts(
            "/vacancies", kind="home", places=places, available_from_week=week, **more
        )

    def home(self, vacancy_id: str) -> dict[str, Any]:
        return self.sees(f"/vacancies/{vacancy_id}")

    def fate(self, vacancy_id: str) -> list[str]:
        return [line["what"] for line in self.home(vacancy_id)["fate"]]
