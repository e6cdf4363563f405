"""Why a view is not kept."""

from workflow.kernel.errors import Refused


class SearchNotKept(Refused):
    """What was searched for may be somebody's name or number, and is kept nowhere."""

    code = "saved_view.search"

    def __init__(self) -> None:
        super().__init__("a view holds no search")


class NumberInName(Refused):
    """The name holds as many digits as the number of a person or a case."""

    code = "saved_view.number_in_name"

    def __init__(self) -> None:
        super().__init__("the name of a view holds no number of a person or a case")


class NotAFilter(Refused):
    """The list does not know the filter, so a view of it would show something else."""

    code = "saved_view.not_a_filter"

    def __init__(self, *, name: str) -> None:
        super().__init__("the list has no such filter", name=name)


class NothingToKeep(Refused):
    """The list is neither filtered nor sorted."""

    code = "saved_view.nothing"

    def __init__(self) -> None:
        super().__init__("the list has no filter and no order of its own")


class NameTaken(Refused):
    """The person has a view of the list with this name."""

    code = "saved_view.name_taken"

    def __init__(self) -> None:
        super().__init__("there is a view of the list with this name")


class TooManyViews(Refused):
    """A list with more views than this is harder to find in than its filters."""

    code = "saved_view.too_many"

    def __init__(self, *, most: int) -> None:
        super().__init__(f"a list has at most {most} views of a person", most=most)
