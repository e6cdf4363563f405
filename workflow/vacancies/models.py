"""Vacancies and their fate."""

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from workflow.kernel.db import Base, EnumText, one_of
from workflow.kernel.weeks import Week
from workflow.vacancies.states import FOR_GROUPS, Fate, ReasonCode, VacancyKind, VacancyState


class Vacancy(Base):
    """A home or capacity a municipality has reported."""

    __tablename__ = "vacancies"
    __table_args__ = (
        one_of("state", VacancyState),
        one_of("kind", VacancyKind),
        one_of("reason_code", ReasonCode),
        one_of("case_group", FOR_GROUPS),
        CheckConstraint("places BETWEEN 1 AND 1000", name="places_plausible"),
        CheckConstraint("rooms BETWEEN 1 AND 200", name="rooms_plausible"),
        CheckConstraint("available_until_week >= available_from_week", name="until_after_from"),
        CheckConstraint(
            "(state = 'reserved') <= (case_id IS NOT NULL)", name="reserved_for_a_case"
        ),
        Index("ix_vacancies_open", "municipality_id", postgresql_where=text("state = 'open'")),
        Index("ix_vacancies_at", "at", "id"),
        Index("ix_vacancies_municipality_id_at", "municipality_id", "at", "id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    municipality_id: Mapped[int] = mapped_column(ForeignKey("municipalities.id"))
    kind: Mapped[VacancyKind] = mapped_column(EnumText(VacancyKind))
    state: Mapped[VacancyState] = mapped_column(EnumText(VacancyState), default=VacancyState.OPEN)
    #: Persons it can take.
    places: Mapped[int]
    available_from_week: Mapped[Week]
    #: The last week in which somebody can move in; None: nobody has said.
    available_until_week: Mapped[Week | None]
    #: Bedrooms; None: nobody has said.
    rooms: Mapped[int | None]
    #: A case group, or None for any.
    group: Mapped[str | None] = mapped_column("case_group")
    accessible: Mapped[bool] = mapped_column(default=False)
    #: A household can keep its quarantine there (R22).
    quarantine: Mapped[bool] = mapped_column(default=False)
    comment: Mapped[str | None]
    reason_code: Mapped[ReasonCode | None] = mapped_column(EnumText(ReasonCode))
    #: The withdrawn case whose home this was.
    withdrawn_case_id: Mapped[UUID | None]
    #: The case it is reserved for or was used by.
    case_id: Mapped[UUID | None]
    at: Mapped[datetime]
    actor: Mapped[str]
    version: Mapped[int] = mapped_column(default=1)


class VacancyFate(Base):
    """One thing that happened to a vacancy."""

    __tablename__ = "vacancy_fates"
    __table_args__ = (
        one_of("what", Fate),
        Index("ix_vacancy_fates_vacancy_id_id", "vacancy_id", "id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    vacancy_id: Mapped[UUID] = mapped_column(ForeignKey("vacancies.id"))
    at: Mapped[datetime]
    what: Mapped[Fate] = mapped_column(EnumText(Fate))
    case_id: Mapped[UUID | None]
    #: The criterion it was passed over on, or the closer's reason.
    why: Mapped[str | None]
    actor: Mapped[str]
