"""The step of a night that decides what is hidden: before reporting is built, for every profile and authority."""

from __future__ import annotations

import datetime
import json
from collections import defaultdict, deque
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Connection, text

from csc_warehouse.disclosure import statements
from csc_warehouse.disclosure.decision import Decision, Thresholds, asked
from csc_warehouse.disclosure.declared import declared_relations, printed, rules_of
from csc_warehouse.disclosure.history import held
from csc_warehouse.disclosure.parts import Known, Question, outcome_of
from csc_warehouse.disclosure.profiles import PROFILES, PROTECTS, Profile
from csc_warehouse.disclosure.provers import Provers
from csc_warehouse.disclosure.relations import Cell, Key, Publication, span_of, spoken
from csc_warehouse.disclosure.system import State
from csc_warehouse.register import Register, load_register
from csc_warehouse.settings import DisclosureConfig
from csc_warehouse.warehouse import Warehouse

MOST_NAMED = 3
READ_AHEAD = 1
"""Authorities that are read while parts of one before are proved: each is held whole."""
HIDES = {State.TERMS_HIDDEN: "terms", State.HIDDEN: "figure"}


@dataclass(frozen=True)
class Hidden:
    """What was decided for one profile of one authority, in counts."""

    profile: str
    authority_code: str
    relations_checked: int
    relations_failed: int
    failing_relations: str
    small_numbers: int
    pinned_numbers: int
    figures_hidden: int
    figures_hidden_for_others: int


@dataclass(frozen=True)
class _Row:
    """One published row of the candidate."""

    indicator_code: str
    period_type: str
    period_label: str
    breakdown: str
    breakdown_value: str
    start: datetime.date
    end: datetime.date
    numerator: float
    denominator: float | None


def hide(warehouse: Warehouse, register: Register | None = None) -> list[Hidden]:
    """Decide what of the candidate is hidden, prove it, and write it where the reporting models read it.

    Writes `staging.hidden_figures`, the outcome for the gate and the reasons for information governance; returns one
    summary per profile and authority. Parts that have not changed since they were proved are not proved again.
    register: what the candidate was built with; None: as shipped.
    """
    with warehouse.transaction() as connection:
        return hide_candidate(connection, warehouse.settings.config.disclosure, register)


def hide_candidate(connection: Connection, config: DisclosureConfig, register: Register | None = None) -> list[Hidden]:
    """Do the step in a transaction that is open; see `hide`."""
    register = register or load_register()
    candidates = connection.execute(
        text("select authority_code, run_id from staging.run_context order by authority_code")
    ).all()
    connection.execute(text("truncate staging.hidden_figures, staging.disclosure_outcomes"))
    for run_id in {str(row.run_id) for row in candidates}:
        connection.execute(text(statements.FORGET_REASONS), {"run_id": run_id})
    done: list[Hidden] = []
    begun: deque[list[_Task]] = deque()
    with Provers() as provers:
        for candidate in candidates:
            authority = _Authority(connection, str(candidate.authority_code), str(candidate.run_id), register)
            begun.append([])
            for name in config.profiles:
                task = _Task(connection, authority, PROFILES[name], config)
                provers.ask(task.questions)
                begun[-1].append(task)
            if len(begun) > READ_AHEAD:
                done.extend(task.finish(provers) for task in begun.popleft())
        for tasks in begun:
            done.extend(task.finish(provers) for task in tasks)
    return done


def _candidate_rows(connection: Connection, authority_code: str, register: Register) -> list[_Row]:
    codes = [code for code, row in register.indicators.items() if row.is_about_children]
    found = connection.execute(text(statements.FIGURES), {"authority": authority_code, "codes": codes}).mappings()
    return [
        _Row(
            indicator_code=row["indicator_code"],
            period_type=row["period_type"],
            period_label=row["period_label"],
            breakdown=row["breakdown"],
            breakdown_value=row["breakdown_value"],
            start=row["period_start_date"],
            end=row["effective_end_date"],
            numerator=row["numerator"],
            denominator=row["denominator"],
        )
        for row in found
    ]


class _Authority:
    """One authority of the build: its figures and what readers hold, for every profile."""

    def __init__(self, connection: Connection, authority_code: str, run_id: str, register: Register) -> None:
        self._connection = connection
        self.authority_code = authority_code
        self.run_id = run_id
        self.rules = rules_of(register)
        self.printed = printed(register)
        self.history = held(connection, authority_code, run_id, self.rules)
        self.publication = Publication(self.rules, declared_relations(register))
        self.labels: dict[Key, list[_Row]] = defaultdict(list)
        for row in _candidate_rows(connection, authority_code, register):
            rule = self.rules[row.indicator_code]
            key = (row.indicator_code, row.breakdown, row.breakdown_value, span_of(rule, row.start, row.end))
            self.labels[key].append(row)
        for cells in self.history.changed():
            self.publication.add_release(cells, is_checked=False)
        self.places = self.publication.add_release(self._cell(same) for same in self.labels.values())

    def _cell(self, same: Sequence[_Row]) -> Cell:
        row = same[0]
        has_denominator = self.rules[row.indicator_code].value_type in ("percent", "mean")
        return Cell(
            row.indicator_code, row.breakdown, row.breakdown_value, row.start, row.end, row.numerator,
            row.denominator if has_denominator else None, len(same),
        )  # fmt: skip

    def told(self, profile: str) -> tuple[dict[int, State], set[int]]:
        """Return in which state figures stand in what readers hold, by their places; and which are printed exactly."""
        found: dict[int, State] = {}
        exactly: set[int] = set()
        for is_signed, versions in ((False, self.history.told(profile)), (True, self.history.signed(profile))):
            for version, state in versions.items():
                place = self.publication.place_of(*version)
                if place is None:
                    continue
                found[place] = min(state, found.get(place, State.HIDDEN))
                if is_signed and state is State.SHOWN:
                    exactly.add(place)
        return found, exactly


class _Task:
    """One profile of one authority, of which it is known what is to be proved."""

    def __init__(
        self, connection: Connection, authority: _Authority, profile: Profile, config: DisclosureConfig
    ) -> None:
        self._connection = connection
        self._authority = authority
        self._names = {"authority": authority.authority_code, "profile": profile.name}
        self._run_id = authority.run_id
        known = {
            str(row.digest): outcome_of(row.outcome) for row in connection.execute(text(statements.RECALL), self._names)
        }
        told, exactly = authority.told(profile.name)
        self._undecided = asked(
            authority.publication,
            authority.places,
            profile,
            told=told,
            exactly=exactly,
            printed=authority.printed,
            thresholds=Thresholds(
                config.smallest_shown_count, config.smallest_shown_denominator, config.smallest_protected_width
            ),
            known=known,
        )

    @property
    def questions(self) -> list[Question]:
        """Return the parts of its figures."""
        return self._undecided.questions

    def finish(self, provers: Provers) -> Hidden:
        """Wait for what is proved, and write what was decided."""
        provers.answer(self.questions)
        decision = self._undecided.decided()
        kept = [{"digest": proof.digest, "outcome": asdict(proof.outcome)} for proof in decision.proofs]
        self._send(statements.KEEP, kept)
        self._connection.execute(text(statements.FORGET), {**self._names, "run_id": self._run_id})
        return self._write(decision)

    def _send(self, statement: str, rows: Sequence[Mapping[str, Any]]) -> None:
        parameters = {**self._names, "rows": json.dumps(rows)}
        if ":run_id" in statement:
            parameters["run_id"] = self._run_id
        self._connection.execute(text(statement), parameters)

    # what it decided ----------------------------------------------------------------------------------------------

    def _write(self, decision: Decision) -> Hidden:
        publication = self._authority.publication
        known: dict[int, list[Known]] = defaultdict(list)
        reasons: dict[int, tuple[str, str]] = {}
        small = pinned = 0
        for proof in decision.proofs:
            for found in proof.outcome.known:
                known[proof.part.places[found.figure]].append(found)
                small += 1
                pinned += found.is_pinned
            for reason in proof.outcome.reasons:
                protects = spoken(publication.keys[proof.part.places[reason.protects]])
                reasons[proof.part.places[reason.figure]] = (protects, reason.relation)
        rows: list[dict[str, Any]] = []
        for key, state in decision.states.items():
            place = self._authority.places[key]
            if state is State.SHOWN:
                continue
            own = min(known[place], key=lambda found: found.upper - found.lower, default=None)
            protects, relation = reasons.get(place, ("", ""))
            why = {
                "hides": HIDES[state],
                "reason": decision.firsts[key].reason or PROTECTS,
                "protects": protects,
                "relation": relation,
                "known_from": None if own is None else round(own.lower, 3),
                "known_to": None if own is None else round(own.upper, 3),
                "is_pinned": own is not None and own.is_pinned,
            }
            rows.extend(
                {
                    "indicator_code": row.indicator_code,
                    "period_type": row.period_type,
                    "period_label": row.period_label,
                    "breakdown": row.breakdown,
                    "breakdown_value": row.breakdown_value,
                    **why,
                }
                for row in self._authority.labels[key]
            )
        self._send(statements.HIDE, rows)
        self._send(statements.AUDIT, rows)
        failing = sorted({violation.relation for violation in publication.violations})
        summary = Hidden(
            profile=self._names["profile"],
            authority_code=self._names["authority"],
            relations_checked=publication.checked,
            relations_failed=len(publication.violations),
            failing_relations=", ".join(failing[:MOST_NAMED]),
            small_numbers=small,
            pinned_numbers=pinned,
            figures_hidden=len(rows),
            figures_hidden_for_others=sum(row["reason"] == PROTECTS for row in rows),
        )
        self._connection.execute(
            text(statements.OUTCOME),
            {
                **{name: value for name, value in asdict(summary).items() if name != "authority_code"},
                "authority": summary.authority_code,
                "run_id": self._run_id,
            },
        )
        return summary
