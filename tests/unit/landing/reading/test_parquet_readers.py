"""The readers of Parquet: native types, reasons and their order; the vectorised one agrees with the row-by-row one."""

from __future__ import annotations

import datetime
import io
import random
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from csc_warehouse.contracts import load_contracts
from csc_warehouse.landing.reading import csv_readers
from csc_warehouse.landing.reading.row_by_row_parquet import read_parquet_row_by_row
from csc_warehouse.landing.reading.row_measures import RowMeasures
from csc_warehouse.landing.reading.row_notices import RowNotices
from csc_warehouse.landing.reading.rows import Block, RowRules
from csc_warehouse.landing.reading.vectorised_parquet import read_parquet
from csc_warehouse.landing.refusal import Refusal
from csc_warehouse.landing.verifying.parquet_safety import require_safe_parquet
from csc_warehouse.settings import LandingConfig
from tests.support.parquet_deliveries import guid, schema, table

DAY = datetime.date(2020, 4, 5)
Reader = Callable[..., Iterator[Block]]
READERS = pytest.mark.parametrize("reader", csv_readers.PARQUET_READERS.values(), ids=csv_readers.PARQUET_READERS)
UTC = datetime.UTC


def rules(entity: str, **changes: dict[str, Any]) -> RowRules:
    contract = load_contracts(("cofnod",))["cofnod"]
    found = contract.entities[entity]
    columns = tuple(
        column.model_copy(update=changes[column.name]) if column.name in changes else column for column in found.columns
    )
    return RowRules.of(contract, found.model_copy(update={"columns": columns}), "W06000006", DAY)


def packed(found: pa.Table, **options: Any) -> bytes:
    stream = io.BytesIO()
    pq.write_table(found, stream, **options)
    return stream.getvalue()


def outcome(reader: Reader, content: bytes, row_rules: RowRules) -> dict[str, Any]:
    """Return everything that a reader said, blocks put together, in the file's order."""
    notices: list[str] = []
    rows: list[dict[str, Any]] = []
    apart = []
    try:
        for block in reader(io.BytesIO(content), row_rules, "file.parquet", notices):
            readable = {name: texts.to_pylist() for name, texts in block.canonical.items()}
            for place, row in enumerate(block.rows.to_pylist()):
                rows.append(row | {f"canonical {name}": texts[place] for name, texts in readable.items()})
            apart += [
                (q.record_number, q.problem.reason_code, q.problem.column_name, q.raw_record, q.row_key, q.people)
                for q in block.quarantined
            ]
    except Refusal as refusal:
        return {"refused": (refusal.code, refusal.reason)}
    rows.sort(key=lambda row: row["record_number"])
    return {"rows": rows, "apart": sorted(apart), "notices": notices}


def reasons(reader: Reader, found: pa.Table, entity: str) -> list[tuple[int, str, str | None]]:
    said = outcome(reader, packed(found), rules(entity))
    return [entry[:3] for entry in said["apart"]]


def retyped(entity: str, rows: list[dict[str, Any]], **types: pa.DataType) -> pa.Table:
    """Return rows as a table of the agreed schema but for some columns."""
    found = table(entity, rows)
    for name, kind in types.items():
        place = found.schema.get_field_index(name)
        found = found.set_column(place, name, found.column(name).cast(kind))
    return found


@READERS
def test_native_values_become_the_texts_that_landing_keeps(reader: Reader) -> None:
    row = {
        "id": guid(1).upper(),
        "migrated_from": " WCCIS:0AB-C ",
        "person_id": guid(7),
        "missing_from": datetime.datetime(2020, 4, 1, 21, 15, 0, 250_000, tzinfo=UTC),
        "returned_at": datetime.datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC),
        "interview_offered": True,
        "interview_accepted": False,
        "reported_by": "police",
    }
    (found,) = outcome(reader, packed(table("missing_episodes", [row])), rules("missing_episodes"))["rows"]
    assert found["id"] == guid(1).upper()
    assert found["row_key"] == guid(1)
    assert found["record_number"] == 1
    assert found["missing_from"] == found["canonical missing_from"] == "2020-04-01T21:15:00.250000Z"
    assert found["returned_at"] == "1969-12-31T23:59:59.999999Z"
    assert found["created_at"] == "2020-04-05T09:00:00Z"
    assert (found["interview_offered"], found["canonical interview_offered"]) == ("true", "1")
    assert (found["interview_accepted"], found["canonical interview_accepted"]) == ("false", "0")
    assert found["interview_at"] == ""
    assert found["migrated_from"] == " WCCIS:0AB-C "
    assert found["canonical migrated_from"] == "wccis:0ab-c"


@READERS
@pytest.mark.parametrize(
    "kind",
    [
        pa.large_string(),
        pa.string_view(),
        pa.dictionary(pa.int32(), pa.string()),
        pa.dictionary(pa.int8(), pa.large_string()),
    ],
)
def test_text_in_any_of_its_forms_is_the_same_text(reader: Reader, kind: pa.DataType) -> None:
    rows = [{"id": guid(n), "reason": "transition" if n % 2 else None} for n in range(4)]
    plain = outcome(reader, packed(table("school_moves", rows)), rules("school_moves"))
    other = outcome(reader, packed(retyped("school_moves", rows, reason=kind, id=kind)), rules("school_moves"))
    assert other == plain


@READERS
@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
def test_a_timestamp_of_any_unit_is_the_same_moment(reader: Reader, unit: str) -> None:
    rows = [{"id": guid(1), "merged_at": datetime.datetime(2020, 4, 5, 9, 30, tzinfo=UTC)}]
    found = retyped("person_merges", rows, merged_at=pa.timestamp(unit, "UTC"))
    (row,) = outcome(reader, packed(found), rules("person_merges"))["rows"]
    assert row["merged_at"] == "2020-04-05T09:30:00Z"


@READERS
@pytest.mark.parametrize(
    ("entity", "column", "kind", "said"),
    [
        ("person_merges", "merged_at", pa.timestamp("us"), "a timestamp in UTC"),
        ("person_merges", "merged_at", pa.timestamp("us", "Europe/London"), "a timestamp in UTC"),
        ("person_merges", "merged_at", pa.string(), "a timestamp in UTC"),
        ("school_moves", "moved_on", pa.timestamp("us", "UTC"), "a date"),
        ("school_moves", "moved_on", pa.string(), "a date"),
        ("school_moves", "reason", pa.binary(), "text"),
        ("education_results", "key_stage", pa.int32(), "text"),
        ("education_results", "achieved_csi", pa.int8(), "a boolean"),
        ("registrations", "categories", pa.string(), "a list of texts"),
        ("registrations", "categories", pa.list_(pa.int32()), "a list of texts"),
        ("registrations", "categories", pa.list_(pa.list_(pa.string())), "a list of texts"),
        ("school_moves", "reason", pa.struct([("code", pa.string())]), "text"),
        ("school_moves", "reason", pa.map_(pa.string(), pa.string()), "text"),
        ("school_moves", "reason", pa.null(), "text"),
    ],
)
def test_a_column_of_another_type_cannot_be_trusted(
    reader: Reader, entity: str, column: str, kind: pa.DataType, said: str
) -> None:
    found = table(entity, [{"id": guid(1)}])
    place = found.schema.get_field_index(column)
    found = found.set_column(place, column, pa.nulls(1, kind))
    code, reason = outcome(reader, packed(found), rules(entity))["refused"]
    assert code == "wrong_type"
    assert f"holds the column {column} as " in reason
    assert reason.endswith(f"where {said} was agreed")


@READERS
def test_a_type_that_the_contract_names_is_converted(reader: Reader) -> None:
    rows = [{"id": guid(n), "moved_on": None} for n in range(3)]
    found = table("school_moves", rows)
    texts = pa.array(["2020-04-01", "31/03/2020", None], pa.string())
    found = found.set_column(found.schema.get_field_index("moved_on"), "moved_on", texts)
    named = rules("school_moves", moved_on={"also_sent_as": ("text",)})
    said = outcome(reader, packed(found), named)
    assert [row["moved_on"] for row in said["rows"]] == ["2020-04-01", ""]
    assert [entry[:3] for entry in said["apart"]] == [(2, "unreadable_date", "moved_on")]


@READERS
@pytest.mark.parametrize("kind", [pa.int8(), pa.uint64(), pa.int32()])
def test_a_whole_number_may_have_any_width(reader: Reader, kind: pa.DataType) -> None:
    found = table("education_results", [{"id": guid(1)}])
    place = found.schema.get_field_index("key_stage")
    found = found.set_column(place, "key_stage", pa.array([4], kind))
    named = rules("education_results", key_stage={"also_sent_as": ("whole_number",)})
    (row,) = outcome(reader, packed(found), named)["rows"]
    assert row["key_stage"] == "4"


@READERS
def test_reasons_come_in_their_order_and_by_position(reader: Reader) -> None:
    found = table(
        "registrations",
        [
            {"id": guid(1), "categories": ["neglect", "physical"]},
            {"id": None, "categories": [None]},
            {"id": " ", "change": "neither"},
            {"id": "42", "change": "neither"},
            {"id": guid(5), "change": "neither", "categories": [""]},
            {"id": guid(6), "change": None},
            {"id": guid(7), "categories": ["neglect", None], "authority": "W06000001"},
            {"id": guid(8), "categories": [" "]},
            {"id": guid(9), "categories": ["x" * 101], "authority": None},
            {"id": guid(10), "authority": None},
            {"id": guid(11), "authority": "W06000001", "change": "delete"},
            {"id": guid(12), "authority": None, "change": " Delete "},
            {"id": guid(13), "categories": []},
        ],
    )
    assert reasons(reader, found, "registrations") == [
        (2, "missing_key", "id"),
        (3, "missing_key", "id"),
        (4, "unreadable_key", "id"),
        (5, "missing_value", "change"),
        (6, "missing_value", "change"),
        (7, "empty_member", "categories"),
        (8, "empty_member", "categories"),
        (9, "value_too_long", "categories"),
        (10, "wrong_authority", "authority"),
        (11, "wrong_authority", "authority"),
    ]
    kept = outcome(reader, packed(found), rules("registrations"))["rows"]
    assert [row["record_number"] for row in kept] == [1, 12, 13]
    assert kept[0]["categories"] == "neglect+physical"
    assert kept[2]["categories"] == ""


@READERS
def test_members_in_another_order_are_no_change_and_a_plus_within_one_parts_nothing(reader: Reader) -> None:
    lists = [["neglect", "physical"], ["physical", "neglect"], ["neglect+physical"]]
    found = table("registrations", [{"id": guid(1), "categories": members} for members in lists])
    rows = outcome(reader, packed(found), rules("registrations"))["rows"]
    assert rows[0]["row_hash"] == rows[1]["row_hash"] != rows[2]["row_hash"]
    assert "+" not in rows[2]["categories"]


@READERS
def test_dates_and_times_that_nobody_can_read_set_their_row_apart(reader: Reader) -> None:
    dates = pa.array([2_932_897, -719_163, 0, 18_000], pa.int32()).cast(pa.date32())
    found = table("school_moves", [{"id": guid(n)} for n in range(4)])
    found = found.set_column(found.schema.get_field_index("moved_on"), "moved_on", dates)
    assert reasons(reader, found, "school_moves") == [
        (1, "unreadable_date", "moved_on"),
        (2, "unreadable_date", "moved_on"),
    ]
    moments = pa.array([2**62, -(2**62), 253_402_300_799, 253_402_300_800], pa.int64()).cast(pa.timestamp("s", "UTC"))
    found = table("person_merges", [{"id": guid(n)} for n in range(4)])
    # as milliseconds, which is the coarsest unit of the format
    millis = pa.array([2**62, -(2**62), 253_402_300_799_000, 253_402_300_800_000], pa.int64())
    assert len(moments) == len(millis)
    found = found.set_column(
        found.schema.get_field_index("merged_at"), "merged_at", millis.cast(pa.timestamp("ms", "UTC"))
    )
    assert reasons(reader, found, "person_merges") == [
        (1, "unreadable_date", "merged_at"),
        (2, "unreadable_date", "merged_at"),
        (4, "unreadable_date", "merged_at"),
    ]


@READERS
def test_text_that_is_no_utf_8_or_holds_a_nul_sets_its_row_apart(reader: Reader) -> None:
    broken = pa.array([b"caf\xe9", b"a\x00b", b"t\xc5\xb7"], pa.binary())
    texts = pa.Array.from_buffers(pa.string(), 3, broken.buffers())
    found = table("services", [{"id": guid(n)} for n in range(3)])
    found = found.set_column(found.schema.get_field_index("outcome"), "outcome", texts)
    said = outcome(reader, packed(found), rules("services"))
    assert [entry[:3] for entry in said["apart"]] == [(1, "undefined_byte", None), (2, "undefined_byte", None)]
    assert r"caf\xe9" in said["apart"][0][3]
    assert r"a\x00b" in said["apart"][1][3]
    assert [row["outcome"] for row in said["rows"]] == ["tŷ"]


@READERS
def test_columns_are_found_by_name_and_the_unknown_are_kept_out_once(reader: Reader) -> None:
    found = table("school_moves", [{"id": guid(1), "reason": "home"}])
    names = [name.upper() for name in reversed(found.column_names)]
    turned = found.select(list(reversed(found.column_names))).rename_columns(names)
    nested = turned.append_column("extra", pa.array([{"a": [1]}], pa.struct([("a", pa.list_(pa.int8()))])))
    said = outcome(reader, packed(nested), rules("school_moves"))
    assert said["rows"][0]["reason"] == "home"
    assert len(said["notices"]) == 1
    assert "extra" in said["notices"][0]


@READERS
def test_missing_and_doubled_columns_are_refused(reader: Reader) -> None:
    found = table("school_moves", [{"id": guid(1)}])
    assert outcome(reader, packed(found.drop_columns(["reason"])), rules("school_moves"))["refused"] == (
        "missing_column",
        "lacks the required column reason",
    )
    doubled = found.append_column("Reason", found.column("reason"))
    assert outcome(reader, packed(doubled), rules("school_moves"))["refused"] == (
        "column_twice",
        "has the column reason twice",
    )


@READERS
def test_a_long_value_that_many_rows_share_is_held_once(reader: Reader) -> None:
    # written out, the column would take two gigabytes
    rows = 2_000
    text = pa.DictionaryArray.from_arrays(pa.array([0] * rows, pa.int32()), pa.array(["x" * 1_000_000]))
    found = table("services", [{"id": guid(n)} for n in range(rows)])
    content = packed(found.set_column(found.schema.get_field_index("outcome"), "outcome", text))
    before = pa.total_allocated_bytes()
    blocks = list(reader(io.BytesIO(content), rules("services"), "services.parquet", []))
    assert pa.total_allocated_bytes() - before < 50 * 1024**2
    apart = [row for block in blocks for row in block.quarantined]
    assert {row.problem.reason_code for row in apart} == {"value_too_long"}
    assert sum(len(row.raw_record or "") for row in apart) < 10 * 1024**2
    assert len(apart) == rows


TEXTS = st.one_of(
    st.none(), st.text(max_size=6), st.sampled_from(["home", " Home", "+", "a+b", "", "\x00", "É", "0042"])
)
IDS = st.one_of(
    st.sampled_from([guid(1), guid(2).upper(), f" {guid(3)} ", "{" + guid(4) + "}", guid(5).replace("-", ""), "x", ""]),
    st.none(),
)
MOMENTS = st.one_of(st.none(), st.integers(-(2**63), 2**63 - 1), st.integers(-(10**16), 10**16))
ROW = st.fixed_dictionaries(
    {
        "id": IDS,
        "authority": st.sampled_from(["W06000006", "w06000006 ", "W06000001", "", None]),
        "change": st.sampled_from(["upsert", "delete", "DELETE ", "gone", None]),
        "migrated_from": st.sampled_from([None, "raise:007", "RAISE : 7", "wccis:", "x", "cofnod:AB"]),
        "person_id": IDS,
        "categories": st.one_of(st.none(), st.lists(TEXTS, max_size=3)),
        "registered_on": st.one_of(st.none(), st.integers(-(2**31), 2**31 - 1), st.integers(-800_000, 3_000_000)),
        "created_at": MOMENTS,
        "is_temporary": st.sampled_from([True, False, None]),
    }
)


@given(st.lists(ROW, max_size=12), st.sampled_from(["ms", "us", "ns"]), st.integers(1, 5))
@settings(max_examples=40, deadline=None)
def test_both_readers_say_the_same_of_any_rows(rows: list[dict[str, Any]], unit: str, group: int) -> None:
    columns = []
    for field in schema("registrations"):
        values = [row.get(field.name) for row in rows]
        kind = field.type
        if field.name == "registered_on":
            columns.append(pa.array(values, pa.int32()).cast(pa.date32()))
        elif field.name == "created_at":
            columns.append(pa.array(values, pa.int64()).cast(pa.timestamp(unit, "UTC")))
        else:
            columns.append(pa.array(values, kind))
    found = pa.table(columns, names=schema("registrations").names)
    content = packed(found, row_group_size=group)
    row_rules = rules("registrations")
    assert outcome(read_parquet, content, row_rules) == outcome(read_parquet_row_by_row, content, row_rules)


@READERS
def test_rows_that_were_taken_back_are_no_blanks_and_no_unlisted_codes(reader: Reader) -> None:
    rows: list[dict[str, Any]] = [
        {"id": guid(n), "reason": "moon" if n == 0 else "home", "person_id": guid(7)} for n in range(4)
    ]
    gone = [{"id": guid(n), "change": "delete", "authority": None} for n in range(10, 16)]
    measures = RowMeasures(rules("school_moves"))
    said = RowNotices(rules("school_moves").contract)
    for block in reader(io.BytesIO(packed(table("school_moves", rows + gone))), rules("school_moves"), "file", []):
        measures.add(block)
        said.add(block)
    assert measures.rows == 4
    found = {(measure.column_name, measure.measure): measure.value for measure in measures.column_measures()}
    assert found["reason", "null_share"] == found["person_id", "null_share"] == 0
    assert found["reason", "unknown_code_count"] == 1
    assert said.taken_back == {guid(n): place for place, n in enumerate(range(10, 16), start=5)}


def test_a_damaged_file_is_refused_or_read_whatever_bytes_are_wrong() -> None:
    # some of them would end the process in the library, were it asked for what the footer states of a column
    rows = [
        {"id": guid(n), "categories": [["neglect"], [], None][n % 3], "is_temporary": n % 2 == 0} for n in range(30)
    ]
    draw = random.Random(2)  # noqa: S311  (which bytes to damage is no secret)
    outcomes = Counter[str]()
    for _ in range(150):
        kinds = {"compression": draw.choice(["none", "zstd"]), "data_page_version": draw.choice(["1.0", "2.0"])}
        content = bytearray(packed(table("registrations", rows), **kinds))
        for _ in range(draw.choice((1, 2, 5))):
            content[draw.randrange(len(content))] = draw.randrange(256)
        try:
            require_safe_parquet(io.BytesIO(bytes(content)), "file.parquet", LandingConfig())
        except Refusal as refusal:
            outcomes[refusal.code] += 1
            continue
        said = outcome(read_parquet, bytes(content), rules("registrations"))
        outcomes["refused" if "refused" in said else "read"] += 1
    assert outcomes["read"] > 5
    assert outcomes["unreadable_file"] > 50
