"""P3: do winning prices fall with the number of bidders, and flatten?"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from cwbsim import schedule
from cwbsim.schedule import phase_name
from cwbsim.simulation import build_world, run_month
from cwbsim.validation.pairs import baseline
from cwbsim.world import COMPETED, SECTIONS, World

MOST = 12  # bids; tenders with more count as this many


def tenders_of(scale: float, seed: int, months: int) -> np.ndarray:
    """Run the baseline; return a row a competition that drew a bid: section, bids, winning price over should-cost."""
    world = build_world(baseline(scale, months), seed)
    rows: list[np.ndarray] = []

    def read(phase: Callable[[World], None]) -> Callable[[World], None]:
        def then_read(world: World) -> None:
            phase(world)
            n = world.needs
            bid = n.is_open & (n.best_score >= 0) & (n.route <= COMPETED)
            rows.append(np.stack((n.section[bid], n.n_bids[bid], n.best_price[bid]), axis=1))

        return then_read

    phases = tuple(read(p) if phase_name(p) == "bidding.enter_and_bid" else p for p in schedule.MONTH)
    for _ in range(months):
        run_month(world, phases)
    return np.concatenate(rows)


def price_by_bidders(tenders: np.ndarray) -> np.ndarray:
    """Return log winning price by number of bids, 1 to ``MOST``, (MOST,), sections held equal; nan where none.

    Least squares on a dummy for each number and each section, as studies of auctions do.
    """
    section, bids = tenders[:, 0].astype(int), np.minimum(tenders[:, 1], MOST).astype(int)
    design = np.zeros((len(tenders), MOST + len(SECTIONS)))
    design[np.arange(len(tenders)), bids - 1] = 1.0
    design[np.arange(len(tenders)), MOST + section] = 1.0
    found, *_ = np.linalg.lstsq(design, np.log(tenders[:, 2]), rcond=None)
    seen = np.bincount(bids - 1, minlength=MOST) >= 5
    return np.where(seen, found[:MOST], np.nan)


def measure(scale: float, seed: int, months: int) -> Mapping[str, float]:
    """Return how much prices fall a bidder, at few, some and many bidders."""
    price = price_by_bidders(tenders_of(scale, seed, months))

    def fall(first: int, last: int) -> float:
        return float(100 * (1.0 - np.exp((price[last - 1] - price[first - 1]) / (last - first))))

    middle, late = fall(2, 6), fall(8, MOST)
    return {"from_two_to_six": middle, "from_one_to_two": fall(1, 2), "beyond_eight_over_before_six": late / middle}
