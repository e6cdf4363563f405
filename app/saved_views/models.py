"""What a person keeps of a list: its filters and its order, never a search."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Identity, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from app.saved_views.lists import SavedList
from workflow.kernel.db import Base, EnumText, one_of

LONGEST_NAME = 60
LONGEST_QUERY = 1000


class SavedView(Base):
    """One person's view of a list; at most one of a list is where it opens."""

    __tablename__ = "saved_views"
    __table_args__ = (
        one_of("of_list", SavedList),
        CheckConstraint("name <> ''", name="named"),
        CheckConstraint("query <> ''", name="of_something"),
        Index("uq_saved_views_name", "user_id", "of_list", text("lower(name)"), unique=True),
        Index(
            "uq_saved_views_opens",
            "user_id",
            "of_list",
            unique=True,
            postgresql_where=text("opens"),
        ),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    of_list: Mapped[SavedList] = mapped_column(EnumText(SavedList))
    name: Mapped[str] = mapped_column(String(LONGEST_NAME))
    #: The filters as an address has them, each a word the list knows.
    query: Mapped[str] = mapped_column(String(LONGEST_QUERY))
    #: The list opens with it.
    opens: Mapped[bool]
    at: Mapped[datetime]
