"""Write small deliveries of cofnod by hand, exactly as deliveries.md section 8 says, for tests of the whole chain."""

from __future__ import annotations

import datetime
import hashlib
import json
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

NativeRow = Mapping[str, Any]
UTC = datetime.UTC
_COMMON = "id authority created_at:time changed_at:time change migrated_from"
COFNOD_COLUMNS: dict[str, str] = {
    entity: f"{_COMMON} {columns}"
    for entity, columns in {
        "people": "family_name given_names born_on:date expected_on:date died_on:date sex ethnicity language postcode"
        " responsible_authority household_id is_disabled:bool is_restricted:bool upn",
        "person_merges": "kept_id dropped_id merged_at:time",
        "contacts": "person_id received_at:time source reason decided_at:time outcome team worker_id placing_authority"
        " incident_id status",
        "assessments": "person_id contact_id referred_on:date started_on:date authorised_on:date state child_seen"
        " child_seen_alone not_seen_reason outcome delay_reason team worker_id",
        "plans": "person_id kind started_on:date ended_on:date end_reason team worker_id",
        "reviews": "plan_id person_id planned_on:date held_on:date state",
        "enquiries": "person_id strategy_on:date ended_on:date outcome conference_on:date conference_outcome",
        "registrations": "person_id enquiry_id registered_on:date deregistered_on:date categories:list"
        " is_transfer_in:bool is_temporary:bool",
        "care_episodes": "person_id care_period_id placement_id started_on:date start_reason legal_status"
        " placement_type provider placement_authority ended_on:date end_reason",
        "health_events": "person_id care_period_id placement_id kind happened_on:date",
        "school_moves": "person_id moved_on:date reason",
        "education_results": "person_id academic_year key_stage achieved_csi:bool",
        "missing_episodes": "person_id missing_from:time returned_at:time reported_by interview_offered:bool"
        " interview_accepted:bool interview_at:time",
        "leaver_checks": "person_id left_care_on:date months checked_on:date in_education_or_work",
        "homeless_spells": "person_id started_on:date ended_on:date",
        "services": "person_id household_id service started_on:date ended_on:date outcome",
    }.items()
}
"""The entities of cofnod and their columns with the native type of those that are no text."""
_TYPES = {
    "": pa.string(),
    "date": pa.date32(),
    "time": pa.timestamp("us", tz="UTC"),
    "bool": pa.bool_(),
    "list": pa.list_(pa.string()),
}


def guid(number: int, kind: str = "") -> str:
    """Return a UUID that is the same for a number and kind."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{kind}/{number}"))


def column_names(entity: str) -> list[str]:
    """Return the names of an entity's columns."""
    return [name.partition(":")[0] for name in COFNOD_COLUMNS[entity].split()]


def schema(entity: str) -> pa.Schema:
    """Return an entity's schema as it was agreed."""
    parts = [name.partition(":") for name in COFNOD_COLUMNS[entity].split()]
    return pa.schema([(name, _TYPES[kind]) for name, _, kind in parts])


def table(entity: str, rows: Sequence[NativeRow], authority: str = "W06000006") -> pa.Table:
    """Return rows as a table; what they leave out of the common columns has an everyday value."""
    names = column_names(entity)
    stray = {name for row in rows for name in row} - set(names)
    if stray:
        raise ValueError(f"{entity} has no column {min(stray)}")
    moment = datetime.datetime(2020, 4, 5, 9, tzinfo=UTC)
    common = {"authority": authority, "created_at": moment, "changed_at": moment, "change": "upsert"}
    return pa.Table.from_pylist([{**common, **row} for row in rows], schema=schema(entity))


def write_cofnod(
    exports: Path,
    business_date: datetime.date,
    rows: Mapping[str, Sequence[NativeRow]] | None = None,
    *,
    authority: str = "W06000006",
    extract_type: str = "full",
    tables: Mapping[str, pa.Table] | None = None,
    manifest: Mapping[str, Any] | None = None,
    **options: Any,
) -> Path:
    """Write a delivery and return its folder; tables: in place of rows, as they are. options: of the Parquet writer."""
    folder = exports / "cofnod" / authority / business_date.isoformat()
    folder.mkdir(parents=True, exist_ok=True)
    files = []
    for entity in COFNOD_COLUMNS:
        found = (tables or {}).get(entity)
        found = table(entity, (rows or {}).get(entity, ()), authority) if found is None else found
        path = folder / f"{entity}.parquet"
        pq.write_table(found, path, **options)
        files.append(
            {"name": path.name, "rows": found.num_rows, "sha256": hashlib.sha256(path.read_bytes()).hexdigest()}
        )
    said = {
        "source": "cofnod",
        "authority": authority,
        "business_date": business_date.isoformat(),
        "extract_type": extract_type,
        "generated_at": f"{business_date.isoformat()}T23:40:12Z",
        "files": files,
    }
    (folder / "manifest.json").write_text(json.dumps({**said, **(manifest or {})}))
    return folder


def describe_again(folder: Path) -> None:
    """Make a manifest agree with files that were changed since; their stated rows stay."""
    said = json.loads((folder / "manifest.json").read_text())
    for file in said["files"]:
        file["sha256"] = hashlib.sha256((folder / file["name"]).read_bytes()).hexdigest()
    (folder / "manifest.json").write_text(json.dumps(said))
