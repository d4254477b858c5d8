"""A contract passes from one supplier to the next: who holds it, what is promised of it, what is delivered."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from cwbsim.chance import mix64, stream, uniform2
from cwbsim.compiled import kernel, wrapping
from cwbsim.economy.contracts import ROUNDS, WHOLESALE
from cwbsim.terms import HIRES, PAY, SUB_CONTRACTS
from cwbsim.world import BOROUGH

if TYPE_CHECKING:
    from cwbsim.world import World

__all__ = ["hand_over", "holds_on", "write_holders", "write_prices", "write_promises"]

MOST_SUB_CONTRACTED = 0.9  # the holder does some of the work


class Clauses(NamedTuple):
    """What contracts of each anchor ask of their holders, the defaults last."""

    monitoring: np.ndarray  # (A+1,)
    priorities: np.ndarray  # (A+1, 3)
    second_tier: np.ndarray  # (A+1,)
    living_wage: np.ndarray  # (A+1,)


_GOLDEN = np.uint64(0x9E3779B97F4A7C15)


@kernel
def holds_on(supplier: int, supplier_key: np.uint64, key: np.ndarray, is_open: np.ndarray) -> bool:
    """Whether the supplier of a need is still there: the same firm, open, in the same site."""
    if supplier < 0 or key.shape[0] == 0:
        return bool(supplier < 0)
    return bool(is_open[supplier] and key[supplier] == supplier_key)


@kernel
def _write_holder(
    row: int, code: int, firm_key: np.ndarray, pool_key: np.ndarray, pool_place: np.ndarray,
    supplier: np.ndarray, supplier_key: np.ndarray, place: np.ndarray,
) -> None:  # fmt: skip
    supplier[row] = code
    if code >= 0:
        place[row], supplier_key[row] = BOROUGH, firm_key[code]
    else:
        place[row], supplier_key[row] = pool_place[-1 - code], pool_key[-1 - code]


@kernel
def _write_holders(
    rows: np.ndarray, code: np.ndarray, firm_key: np.ndarray, pool_key: np.ndarray, pool_place: np.ndarray,
    supplier: np.ndarray, supplier_key: np.ndarray, place: np.ndarray,
) -> None:  # fmt: skip
    for i in range(rows.shape[0]):
        _write_holder(rows[i], code[i], firm_key, pool_key, pool_place, supplier, supplier_key, place)


def write_holders(world: World, rows: np.ndarray, code: np.ndarray) -> None:
    """Write who holds contracts from now on: rows of Firms, or -1 - rows of Pool."""
    n, pool = world.needs, world.pool
    _write_holders(rows, code, world.firms.key, pool.key, pool.place, n.supplier, n.supplier_key, n.place)


@kernel
def _hand_over(
    rows: np.ndarray, code: np.ndarray, section: np.ndarray, budget: np.ndarray, supplier: np.ndarray,
    supplier_key: np.ndarray, place: np.ndarray, key: np.ndarray, is_open: np.ndarray, load: np.ndarray,
    last: np.ndarray, smooth: np.ndarray, pool_key: np.ndarray, pool_place: np.ndarray, margin: int,
    on_site: int, moved: np.ndarray, before: np.ndarray, after: np.ndarray,
) -> int:  # fmt: skip
    """Move each contract; list those whose staff change employer, and return how many there are."""
    n = 0
    lost = np.empty(rows.shape[0], np.int64)
    n_lost = 0
    for i in range(rows.shape[0]):
        row, new = rows[i], int(code[i])
        s, old = int(section[row]), int(supplier[row])
        output = (budget[row] * margin) >> 24 if s == WHOLESALE else budget[row]
        stayed = holds_on(old, supplier_key[row], key, is_open)
        if old >= 0 and stayed:
            load[old] -= output
            last[old] -= output
            smooth[old] -= output
            lost[n_lost] = old
            n_lost += 1
        if new >= 0:
            load[new] += output
            last[new] += output
            smooth[new] += output
        old_staff = old if old >= 0 else on_site + (max(int(place[row]), 1) - 1) * 20 + s
        _write_holder(row, new, key, pool_key, pool_place, supplier, supplier_key, place)
        new_staff = new if new >= 0 else on_site + (max(int(place[row]), 1) - 1) * 20 + s
        if stayed and old_staff != new_staff:
            moved[n], before[n], after[n] = row, old_staff, new_staff
            n += 1
    for f in lost[:n_lost]:
        last[f] = max(last[f], 0)
        smooth[f] = max(smooth[f], 0)
    return n


def hand_over(
    world: World, rows: np.ndarray, code: np.ndarray, margin: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Give contracts to suppliers, with the load and the usual output that go with them.

    Parameters
    ----------
    world : World
    rows : ndarray of int, shape (n,)
        Needs.
    code : ndarray of int, shape (n,)
        New suppliers: rows of Firms, or -1 - rows of Pool.
    margin : int
        Share of a wholesaler's payment that is its own output, Q24.

    Returns
    -------
    tuple of ndarray of int64, shape (k,)
        Needs whose staff change employer, and the rows of Employers before and after.
    """
    n, f, pool = world.needs, world.firms, world.pool
    moved, before, after = (np.empty(rows.shape[0], np.int64) for _ in range(3))
    k = _hand_over(
        rows, code, n.section, n.budget, n.supplier, n.supplier_key, n.place, f.key, f.is_open, f.contract_load,
        f.output_last, f.output_smooth, pool.key, pool.place, margin, world.on_site_row(1), moved, before, after,
    )  # fmt: skip
    return moved[:k], before[:k], after[:k]


@kernel
def _subcontractor(
    lineage: np.uint64, section: int, holder: int, link_start: np.ndarray, link_cut: np.ndarray,
    link_alias: np.ndarray, link_site: np.ndarray, s_delivery: np.uint64,
) -> int:  # fmt: skip
    """Draw the site that would get the local sub-contract of a contract, -1 if its section has none."""
    start = link_start[section]
    size = link_start[section + 1] - start
    if size <= 0:
        return -1
    slot = start + np.int64(uniform2(s_delivery, lineage, np.uint64(0)) * size)
    if not uniform2(s_delivery, lineage, np.uint64(1)) < link_cut[slot]:
        slot = start + link_alias[slot]
    site = int(link_site[slot])
    return -1 if site == holder else site  # a firm does not sub-contract to itself


def write_prices(world: World, rows: np.ndarray, price: np.ndarray) -> None:
    """Write the price of contracts and the volume it buys."""
    world.needs.price[rows] = price
    world.needs.volume[rows] = 1.0 / price if world.closure != "overrun" else 1.0


@kernel
def _write_promises(
    rows: np.ndarray, prices: np.ndarray, promise: np.ndarray, overruns: bool, key: np.ndarray,
    renewal: np.ndarray, anchor: np.ndarray, section: np.ndarray, influenceable: np.ndarray,
    supplier: np.ndarray, firm_practice: np.ndarray, pool_practice: np.ndarray, clauses: Clauses,
    unmonitored: float, monitored: float, subcontract_share: float, link_start: np.ndarray,
    link_cut: np.ndarray, link_alias: np.ndarray, link_site: np.ndarray, s_delivery: np.uint64,
    promised: np.ndarray, delivered: np.ndarray, sub: np.ndarray, sub_share: np.ndarray, hires: np.ndarray,
    living_wage: np.ndarray, price: np.ndarray, volume: np.ndarray,
) -> None:  # fmt: skip
    usual = clauses.monitoring.shape[0] - 1
    for i in range(rows.shape[0]):
        row = rows[i]
        code = supplier[row]
        practice = firm_practice[code] if code >= 0 else pool_practice[-1 - code]
        a = int(anchor[row]) if influenceable[row] else usual
        price[row] = prices[i]
        volume[row] = 1.0 if overruns else 1.0 / prices[i]
        promised[row] = promise[i]
        # Where promises are followed up, more of the practice is delivered; so it is with clauses.
        rate = unmonitored + (monitored - unmonitored) * clauses.monitoring[a]
        delivered[row] = min(promise[i], practice) * rate
        effort = 2.0 * clauses.priorities[a]  # two things in equal parts unless priorities say otherwise
        hires[row] = min(1.0, delivered[row] * effort[HIRES])
        offered = subcontract_share * delivered[row] * effort[SUB_CONTRACTS]
        sub_share[row] = min(MOST_SUB_CONTRACTED, max(offered, clauses.second_tier[a] * rate))
        living_wage[row] = min(1.0, max(delivered[row] * effort[PAY], clauses.living_wage[a] * rate))
        lineage = mix64(key[row] + np.uint64(renewal[row] + ROUNDS) * _GOLDEN)
        sub[row] = _subcontractor(
            lineage, section[row], code, link_start, link_cut, link_alias, link_site, s_delivery
        )


def _clauses(world: World) -> Clauses:
    """Set what the terms ask of holders beside the defaults."""
    terms, default = world.terms, world.parameters.procurement.default_monitoring
    return Clauses(
        np.append(terms.monitoring, default), np.vstack([terms.priorities, [[0.5, 0.5, 0.0]]]),
        np.append(terms.second_tier, 0.0), np.append(terms.living_wage, 0.0),
    )  # fmt: skip


def write_promises(world: World, rows: np.ndarray, price: np.ndarray, promise: np.ndarray) -> None:
    """Write what contracts cost, what holders promised, what they deliver of it, and to whom they sub-contract."""
    n, p, fixed = world.needs, world.parameters.procurement, world.fixed
    clauses = world.kept("clauses", (world.terms, world.parameters), lambda: _clauses(world))
    with wrapping():
        _write_promises(
            rows, price, promise, world.closure == "overrun", n.key, n.renewal, n.anchor, n.section,
            n.is_influenceable, n.supplier, world.firms.sv_practice, world.pool.sv_practice, clauses, p.delivery_unmonitored,
            p.delivery_monitored, float(p.subcontract_share), fixed.link_start, fixed.link_cut, fixed.link_alias,
            fixed.link_site, stream(world.seed, "delivery"), n.sv_promised, n.sv_delivered, n.subcontractor,
            n.sub_share, n.hires, n.living_wage, n.price, n.volume,
        )  # fmt: skip
