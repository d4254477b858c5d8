"""The rules in force in a month: what levers change and nothing else does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from cwbsim.parameters import Parameters

__all__ = ["FOR_ALL", "FOR_SME", "FOR_SOCIAL", "HIRES", "PAY", "SUB_CONTRACTS", "Terms"]

N_SECTIONS = 20  # SIC 2007 sections A-T
HIRES, SUB_CONTRACTS, PAY = 0, 1, 2  # what delivered social value goes into
FOR_ALL, FOR_SME, FOR_SOCIAL = 0, 1, 2  # whom a reserved tender is kept for


@dataclass(frozen=True, slots=True)
class Terms:
    """The rules in force this month, recomputed from defaults by the levers; nothing is ever undone."""

    # what there is to spend
    budget: np.ndarray  # (A,) float contract budget over that of the start
    # what counts in a tender
    sv_weight: np.ndarray  # (A, S) float share of the score given to social value
    sv_threshold: np.ndarray  # (A,) int64 pence a year: smaller needs keep the default social-value weight
    quality_weight: np.ndarray  # (A, S) float share of the score given to quality
    prescriptive: np.ndarray  # (A,) float 0-1: share of the social-value score on named priorities
    priorities: np.ndarray  # (A, 3) float, sums to 1: what delivered social value goes into (HIRES, ...)
    officer_skill: np.ndarray  # (A,) float 0-1: how well a panel tells practice from writing
    preference: np.ndarray  # (A,) float: part taken off the price of suppliers of the borough when it is scored
    entry_responds: np.ndarray  # (A,) bool: bidders take a preference into account when they decide to bid
    # who may bid, and for what
    turnover_requirement: np.ndarray  # (A,) float: yearly turnover asked for, over yearly contract value
    reserve_below: np.ndarray  # (A, S) int64 pence of contract value with VAT: smaller contracts are reserved
    reserve_place: np.ndarray  # (A,) int8: the farthest place whose suppliers may bid for those
    reserve_for: np.ndarray  # (A,) int8: FOR_ALL, FOR_SME or FOR_SOCIAL among them
    largest_lot: np.ndarray  # (A,) int64 pence a year: needs above it are let in lots; 0 never
    most_lots: np.ndarray  # (A,) int64
    insourced: np.ndarray  # (A, S) float 0-1: share of needs whose service is brought in-house when it is next due
    # what a contract asks of its holder
    monitoring: np.ndarray  # (A,) float 0-1: share of promises followed up
    second_tier: np.ndarray  # (A,) float 0-1: share of payment to be sub-contracted in the borough
    living_wage: np.ndarray  # (A,) float 0-1: share of a contract's staff to be paid the Real Living Wage
    payment_days: np.ndarray  # (A,) float days from invoice to payment
    # what anchors do together
    is_signatory: np.ndarray  # (A,) bool: bound by a shared commitment
    adherence: np.ndarray  # (A,) float 0-1: how far a signatory follows it
    pipeline: np.ndarray  # (A,) float >= 1: factor on the chance of hearing, for those who are ready to bid
    # what is done for bidders
    awareness: np.ndarray  # (A,) float >= 1: factor on the chance that a firm of the borough hears of a tender
    bid_cost: np.ndarray  # (A,) float: factor on the cost of bidding
    readiness_cost: np.ndarray  # (A,) float: factor on the cost of getting ready to bid
    lending: np.ndarray  # (A,) int64 pence a month each puts into loans to firms of the borough
    # beyond procurement
    pay_floor: int  # pence an hour, the statutory floor
    wider_adoption: float  # 0-1: how far anchors of the wider area do as those of the borough
    conversions: float  # firms a month that are sold to their staff

    @classmethod
    def default(cls, n_anchors: int, parameters: Parameters) -> Terms:
        """Return the terms with no lever in force."""
        p = parameters.procurement
        full = (n_anchors, N_SECTIONS)

        def each(value: float) -> np.ndarray:
            return np.full(n_anchors, value, np.float64)

        return cls(
            budget=each(1.0),
            sv_weight=np.full(full, p.default_sv_weight),
            sv_threshold=np.zeros(n_anchors, np.int64),
            quality_weight=np.full(full, p.quality_weight),
            prescriptive=each(p.default_prescriptive),
            priorities=np.tile([0.5, 0.5, 0.0], (n_anchors, 1)),
            officer_skill=each(p.default_officer_skill),
            preference=each(0.0),
            entry_responds=np.ones(n_anchors, bool),
            turnover_requirement=each(p.turnover_requirement),
            reserve_below=np.zeros(full, np.int64),
            reserve_place=np.zeros(n_anchors, np.int8),
            reserve_for=np.zeros(n_anchors, np.int8),
            largest_lot=np.zeros(n_anchors, np.int64),
            most_lots=np.ones(n_anchors, np.int64),
            insourced=np.zeros(full),
            monitoring=each(p.default_monitoring),
            second_tier=each(0.0),
            living_wage=each(0.0),
            payment_days=each(p.default_payment_days),
            is_signatory=np.zeros(n_anchors, bool),
            adherence=each(0.0),
            pipeline=each(1.0),
            awareness=each(1.0),
            bid_cost=each(1.0),
            readiness_cost=each(1.0),
            lending=np.zeros(n_anchors, np.int64),
            pay_floor=round(parameters.labour.national_living_wage * 100),
            wider_adoption=0.0,
            conversions=0.0,
        )
