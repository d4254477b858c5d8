"""Tables of figures that cannot be changed in place: a frozen model is only as frozen as the tables in it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Never

from pydantic import AfterValidator, Field

__all__ = ["FiguresByAnchor", "FiguresByName", "FrozenTable"]


class FrozenTable[K, V](dict[K, V]):
    """A dict to read, compare, pickle and write as JSON like any other, but not to change."""

    def _refused(self, *_: Any, **__: Any) -> Never:
        raise TypeError(
            "this table is frozen: what is put into it would not be checked. scenario.model_copy(update={...}) gives a"
            " changed copy"
        )

    __setitem__ = __delitem__ = __ior__ = _refused
    clear = pop = popitem = setdefault = update = _refused

    def __reduce__(self) -> tuple[type[FrozenTable[K, V]], tuple[dict[K, V]]]:
        return type(self), (dict(self),)  # pickle's own way with a dict would put its items in one by one


_FROZEN, _LIKE_A_GIVEN_ONE = AfterValidator(FrozenTable), Field(validate_default=True)
FiguresByName = Annotated[Mapping[str, float], _FROZEN, _LIKE_A_GIVEN_ONE]
FiguresByAnchor = Annotated[Mapping[str, Annotated[Mapping[str, float], _FROZEN]], _FROZEN, _LIKE_A_GIVEN_ONE]
