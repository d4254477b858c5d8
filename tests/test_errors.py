"""A name nobody knows is answered with the nearest known one, if any is near enough to have been meant."""

from __future__ import annotations

import pytest

from cwbsim.errors import nearest, unknown

PLACES = ("wigan", "rochdale", "bolton", "manchester")
KEYS = ("adopters", "anchors", "months", "place", "parameters")


@pytest.mark.parametrize(
    ("word", "known", "meant"),
    [
        ("wiggan", PLACES, "wigan"),
        ("Manchster", PLACES, "manchester"),
        ("mnths", KEYS, "months"),
        ("wait", ("weight", "more"), "weight"),  # 3 of 4 and of 6 letters in common: 6 / 10, the least that counts
    ],
)
def test_a_slip_is_answered_with_what_was_meant(word: str, known: tuple[str, ...], meant: str) -> None:
    assert f"did you mean {meant!r}?" in str(unknown("name", word, known))


@pytest.mark.parametrize(
    ("word", "known"),
    [
        ("hamlet", PLACES),  # 4 of 6 and of 8 letters in common with rochdale: 8 / 14
        ("nope", KEYS),  # 3 of 4 and of 8 with adopters: 6 / 12
        ("1.5", ("1", "5", "12")),
    ],
)
def test_an_unlike_word_is_answered_with_no_guess(word: str, known: tuple[str, ...]) -> None:
    assert nearest(word, known) is None
    assert "did you mean" not in str(unknown("name", word, known))
