"""The generator against its published answers, and that no two draws share a stream or a key."""

from __future__ import annotations

import itertools
import re
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

import cwbsim
from cwbsim.chance import GOLDEN, PROCESS, bits, bits2, draw_many, mix64, normal, stream, uniform, uniform2

KEYS = np.arange(200_000, dtype=np.uint64)

#: The first five outputs of SplitMix64 seeded with 1234567, as published with its reference implementation
#: (Vigna, prng.di.unimi.it/splitmix64.c; Rosetta Code, "Pseudo-random numbers/Splitmix64").
PUBLISHED = (
    6457827717110365317,
    3203168211198807973,
    9817491932198370423,
    4593380528125082431,
    16408922859458223821,
)


def test_draws_are_the_published_outputs_of_splitmix64() -> None:
    # Output n of a seed is the draw of key n (from nil) in a stream equal to the seed.
    drawn = tuple(int(bits(np.uint64(1234567), np.uint64(n))) for n in range(5))

    assert drawn == PUBLISHED


def test_mixing_one_step_of_the_generator_is_its_first_output() -> None:
    assert int(mix64(np.uint64(1234567) + GOLDEN)) == PUBLISHED[0]


def test_a_draw_is_the_top_53_bits_of_its_64() -> None:
    s, key = np.uint64(99), np.uint64(7)

    assert uniform(s, key) == (int(bits(s, key)) >> 11) / 2**53
    assert uniform2(s, key, np.uint64(3)) == (int(bits2(s, key, np.uint64(3))) >> 11) / 2**53


@pytest.mark.parametrize("process", ["rechoose", "exit", "search"])
def test_draws_of_neighbouring_keys_are_uniform(process: str) -> None:
    # A fixed seed, so the p-value is a fact and not luck; 1e-4 leaves room for one of a few streams.
    drawn = draw_many(stream(1, process, 3), KEYS)

    assert stats.kstest(drawn, "uniform").pvalue > 1e-4
    assert abs(np.corrcoef(drawn[:-1], drawn[1:])[0, 1]) < 4 / np.sqrt(KEYS.size)


def test_draws_in_a_unit_square_of_two_processes_are_independent() -> None:
    one, other = (draw_many(stream(1, name, 3), KEYS) for name in ("exit", "entry"))
    cells = np.histogram2d(one, other, bins=16, range=[(0, 1), (0, 1)])[0].ravel()

    assert stats.chisquare(cells).pvalue > 1e-4


def test_deviates_are_standard_normal() -> None:
    u1, u2 = (draw_many(stream(1, "firm_age"), KEYS[:20_000], k) for k in (0, 1))
    deviates = [normal(a, b) for a, b in zip(u1, u2, strict=True)]

    assert stats.kstest(deviates, "norm").pvalue > 1e-4


def test_no_two_of_seed_process_and_month_share_a_stream() -> None:
    wanted = itertools.product((0, 1, 2, 2**32 - 1), PROCESS, (*range(13), 120, 600))
    streams = [int(stream(*one)) for one in wanted]

    assert len(set(streams)) == len(streams)


def test_no_two_processes_share_a_number() -> None:
    assert len(set(PROCESS.values())) == len(PROCESS)


def test_no_two_keys_share_a_draw_in_the_streams_of_a_month() -> None:
    # Birthday bound: among n = a million 64-bit numbers a collision has chance n**2 / 2**65 = 3e-8.
    drawn = [_many_bits(stream(1, name, 5)) for name in list(PROCESS)[:5]]

    assert np.unique(np.concatenate(drawn)).size == 5 * KEYS.size


def _many_bits(s: np.uint64) -> np.ndarray:
    """`bits` over KEYS in numpy, so that the test does not lean on the compiled loop it tests."""
    z = s + (KEYS + np.uint64(1)) * GOLDEN
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.asarray(z ^ (z >> np.uint64(31)))


def test_a_draw_depends_on_its_key_and_not_on_its_row_or_neighbours() -> None:
    s, order = stream(5, "exit", 2), np.random.default_rng(0).permutation(1000)

    whole = draw_many(s, KEYS[:1000])

    assert (draw_many(s, KEYS[:1000][order]) == whole[order]).all()
    assert (draw_many(s, KEYS[:1000][200:300]) == whole[200:300]).all()


def test_nothing_in_the_package_draws_by_other_means() -> None:
    # A default generator, the clock or a hash that changes from process to process would each break replay.
    forbidden = re.compile(r"np\.random|import random|from random|default_rng|(?<![\w.])hash\(|time\.time\(")
    # __hash__, for dictionaries only; and the type of Mesa's own generator, which the economy never draws from
    allowed = {(f"{file}.py", "hash(") for file in ("parameters", "scenario", "agents")}
    allowed |= {("agent_members.py", "from random")}
    # designs of experiments, and intervals of what has been run, seeded: never what happens in a run
    designs = ("distributions.py", "uncertainty.py", "calibrate.py", "emulator.py", "paired.py")
    allowed |= {(file, word) for file in designs for word in ("np.random", "default_rng")}
    found = [
        (path.name, match.group())
        for path in Path(cwbsim.__file__).parent.rglob("*.py")
        for match in forbidden.finditer(path.read_text(encoding="utf-8"))
    ]

    assert set(found) <= allowed
