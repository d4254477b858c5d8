"""The rules in force in a month: what levers change and nothing else does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from cwbsim.parameters import Parameters

__all__ = ["Terms"]

N_SECTIONS = 20  # SIC 2007 sections A-T


@dataclass(frozen=True, slots=True)
class Terms:
    """The rules in force this month, recomputed from defaults by the levers; nothing is ever undone."""

    sv_weight: np.ndarray  # (A, S) float share of the score given to social value
    sv_threshold: np.ndarray  # (A,) int64 pence a year: smaller needs keep the default social-value weight
    quality_weight: np.ndarray  # (A, S) float share of the score given to quality
    prescriptive: np.ndarray  # (A,) float 0-1: share of the social-value score on named priorities
    officer_skill: np.ndarray  # (A,) float 0-1: how well a panel tells practice from writing
    monitoring: np.ndarray  # (A,) float 0-1: share of promises followed up
    is_signatory: np.ndarray  # (A,) bool: bound by a shared commitment
    adherence: np.ndarray  # (A,) float 0-1: how far a signatory follows it
    awareness: np.ndarray  # (A,) float >= 1: factor on the chance that a firm of the borough hears of a tender
    bid_cost: np.ndarray  # (A,) float: factor on the cost of bidding
    readiness_cost: np.ndarray  # (A,) float: factor on the cost of getting ready to bid
    pay_floor: int  # pence an hour, the statutory floor

    @classmethod
    def default(cls, n_anchors: int, parameters: Parameters) -> Terms:
        """Return the terms with no lever in force."""
        p = parameters.procurement
        full = (n_anchors, N_SECTIONS)
        return cls(
            sv_weight=np.full(full, p.default_sv_weight),
            sv_threshold=np.zeros(n_anchors, np.int64),
            quality_weight=np.full(full, p.quality_weight),
            prescriptive=np.full(n_anchors, p.default_prescriptive),
            officer_skill=np.full(n_anchors, p.default_officer_skill),
            monitoring=np.full(n_anchors, p.default_monitoring),
            is_signatory=np.zeros(n_anchors, bool),
            adherence=np.zeros(n_anchors),
            awareness=np.ones(n_anchors),
            bid_cost=np.ones(n_anchors),
            readiness_cost=np.ones(n_anchors),
            pay_floor=round(parameters.labour.national_living_wage * 100),
        )
