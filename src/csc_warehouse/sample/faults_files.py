"""Faults of delivery: files that disagree with what was announced, cannot be read, or do not come."""

from __future__ import annotations

import datetime as dt
import json
import shutil
from collections.abc import Callable

from csc_warehouse.sample.faults import Step, Target, fault
from csc_warehouse.sample.model import DAY
from csc_warehouse.sample.successor_writer import SUCCESSOR
from csc_warehouse.sample.wccis_writer import pack
from csc_warehouse.sample.written_deliveries import Sheet

_ZIP_TIME = dt.time(0, 40, 12)
_UNREADABLE = {
    "raise": ("received", "31/02/2018 10:00"),
    "wccis": ("received", "2018-02-31T10:00:00Z"),
    SUCCESSOR: ("contact_no", "20180231-10"),
}
"""What cannot be read in a contact, and where."""


def _change_manifest(target: Target, **values: str) -> None:
    delivery = target.last_with_manifest
    contents = delivery.contents()
    manifest = delivery.manifest(contents) | values
    contents["manifest.json"] = json.dumps(manifest).encode()
    delivery.write(contents)


@fault("RAISe's last control file states another number of rows than the reviews' file holds.", Step.ANNOUNCED)
def control_row_count(target: Target) -> None:
    """Change a row count in the control file."""
    delivery = target.raise_deliveries[-1]
    contents = delivery.contents()
    delivery.describe(contents, delivery.member("review"), 17)
    delivery.write(contents)


@fault("RAISe's last control file has not arrived: the delivery is not there yet.", Step.OPENS)
def control_missing(target: Target) -> None:
    """Remove the control file."""
    target.raise_deliveries[-1].control.unlink()


def _replace(target: Target, entity: str, change: Callable[[bytes], bytes]) -> None:
    """Replace the bytes of an entity's file; a manifest, which has the hash of each, then has that of these."""
    delivery = target.last_in_files
    contents, name = delivery.contents(), delivery.member(entity)
    contents[name] = change(contents[name])
    if delivery.source != "raise":
        stated = {file["name"]: file["rows"] for file in delivery.manifest(contents)["files"]}
        delivery.describe(contents, name, stated[name])
    delivery.write(contents)


@fault("The last contacts of RAISe, or of its second successor, are cut off in the middle.", Step.ANNOUNCED)
def truncated_file(target: Target) -> None:
    """Cut a file."""
    _replace(target, "contact", lambda content: content[: len(content) * 3 // 5])


@fault("RAISe's last clients are in UTF-16.", Step.ANNOUNCED)
def wrong_encoding(target: Target) -> None:
    """Write a file of RAISe in another encoding."""
    path = target.raise_deliveries[-1].file("client")
    path.write_bytes(path.read_bytes().decode("latin-1").encode("utf-16"))


@fault("RAISe's last clients are in UTF-8: every Welsh vowel with a circumflex is two letters.", Step.ANNOUNCED)
def names_garbled(target: Target) -> None:
    """Write a file of RAISe in UTF-8."""
    path = target.raise_deliveries[-1].file("client")
    path.write_bytes(path.read_bytes().decode("latin-1").replace("\x81", "").encode("utf-8"))


@fault("The last reviews of RAISe, or of its second successor, are bytes of another kind.", Step.ANNOUNCED)
def binary_file(target: Target) -> None:
    """Replace a file by bytes."""
    _replace(target, "review", lambda _: bytes(range(256)) * 40)


@fault("The last delivery of RAISe, or of its second successor, lacks the enquiries that it lists.", Step.ANNOUNCED)
def entity_missing(target: Target) -> None:
    """Remove a file."""
    (target.last_in_files.folder / target.last_in_files.member("s47")).unlink()


@fault("The last delivery's plans have no column for their start.", Step.SHAPED)
def column_missing(target: Target) -> None:
    """Take a column away."""

    def change(sheet: Sheet) -> None:
        place = sheet.place("start_date")
        for row in [sheet.header, *sheet.whole_rows()]:
            del row[place]

    target.last.edit("plan", change)


@fault("The last delivery's contacts have a column more; nothing else is wrong.", Step.SHAPED)
def column_added(target: Target) -> None:
    """Add a column."""

    def change(sheet: Sheet) -> None:
        for row in list(sheet.whole_rows()):
            row.append("0")
        sheet.header.append("PRIORITY" if sheet.source == "raise" else "priorityid")

    target.last.edit("contact", change)


@fault("The columns of the last full's contacts stand in another order; nothing else is wrong.", Step.SHAPED)
def columns_reordered(target: Target) -> None:
    """Turn the columns round."""

    def change(sheet: Sheet) -> None:
        for row in sheet.rows:
            row.reverse()
        sheet.header.reverse()

    target.edit("contact", change)


@fault("One contact in five of the last full cannot be read.", Step.SHAPED)
def rows_unreadable(target: Target) -> None:
    """Write dates that do not exist, or ids that are none."""

    def change(sheet: Sheet) -> None:
        for row in sheet.whole_rows():
            if target.rng.random() < 0.2:
                # a native time is always one; an id can be none
                column, text = _UNREADABLE[sheet.source]
                row[sheet.place(column)] = text

    target.edit("contact", change)


@fault("The last contacts with a manifest are not those whose sha256 it states.", Step.ANNOUNCED)
def sha256_mismatch(target: Target) -> None:
    """Change a file behind the manifest's back."""
    delivery = target.last_with_manifest
    contents, name = delivery.contents(), delivery.member("contact")
    contents[name] = contents[name].replace(b",0\n", b",1\n")
    contents[name] += b"" if b",1\n" in contents[name] else b"\n"
    delivery.write(contents)


@fault("The last manifest states another number of assessments than the file holds.", Step.ANNOUNCED)
def manifest_row_count(target: Target) -> None:
    """Change a row count in the manifest."""
    delivery = target.last_with_manifest
    contents = delivery.contents()
    manifest = delivery.manifest(contents)
    for file in manifest["files"]:
        if file["name"] == delivery.member("assessment"):
            file["rows"] += 3
    contents["manifest.json"] = json.dumps(manifest).encode()
    delivery.write(contents)


@fault("The last WCCIS zip is cut off.", Step.OPENS)
def zip_broken(target: Target) -> None:
    """Cut the zip."""
    path = target.wccis_deliveries[-1].zip_path
    content = path.read_bytes()
    path.write_bytes(content[: len(content) * 2 // 3])


@fault("A member of the last WCCIS zip wants to be written outside its folder.", Step.ANNOUNCED)
def zip_leaves_folder(target: Target) -> None:
    """Add a member with a path that leaves the folder."""
    delivery = target.wccis_deliveries[-1]
    contents = delivery.contents() | {"../../outside.csv": b"x\n"}
    pack(delivery.zip_path, contents, dt.datetime.combine(delivery.day + DAY, _ZIP_TIME))


@fault("The last export with a manifest is another authority's, in this one's folder.", Step.ANNOUNCED)
def another_authority(target: Target) -> None:
    """Name another authority in the manifest."""
    _change_manifest(target, authority="W06000005")


@fault("The last manifest says that it is a week older than its name.", Step.ANNOUNCED)
def stale_manifest(target: Target) -> None:
    """Name another day in the manifest."""
    _change_manifest(target, business_date=(target.last_with_manifest.day - 7 * DAY).isoformat())


@fault("The last night's delivery never came.", Step.COMES)
def last_night_missing(target: Target) -> None:
    """Remove the last delivery."""
    shutil.rmtree(target.last.folder)


@fault("The last full repeats last week's: nothing has happened for seven days.", Step.COMES)
def frozen_extract(target: Target) -> None:
    """Put the contents of the full before under the newest full's date, and bring no changes after it."""
    fulls = [delivery for delivery in target.live if delivery.is_full]
    before, newest = fulls[-2], fulls[-1]
    contents = {}
    for name, content in before.contents().items():
        contents[name.replace(f"{before.day:%Y%m%d}", f"{newest.day:%Y%m%d}")] = content
    if newest.source != "raise":
        manifest = newest.manifest(contents) | {
            "business_date": newest.day.isoformat(),
            "generated_at": f"{newest.day + DAY}T{_ZIP_TIME.isoformat()}Z",
        }
        contents["manifest.json"] = json.dumps(manifest).encode()
    else:
        control = contents[newest.control.name]
        contents[newest.control.name] = control.replace(
            f"{before.day:%Y%m%d}".encode(), f"{newest.day:%Y%m%d}".encode()
        )
    newest.write(contents)
    for delivery in target.live:
        if delivery.day > newest.day:
            shutil.rmtree(delivery.folder)


@fault("The deliveries of the week before the last day never came.", Step.COMES)
def week_lost(target: Target) -> None:
    """Remove a week's deliveries but the last."""
    last = target.last.day
    lost = [delivery.folder for delivery in target.live if last - 7 * DAY <= delivery.day < last]
    if not lost:
        raise FileNotFoundError(f"no delivery in the week before {last}")
    for folder in lost:
        shutil.rmtree(folder)


@fault("No corporate return came for the last quarter.", Step.COMES)
def corporate_missing(target: Target) -> None:
    """Remove the last returns."""
    shutil.rmtree(max((target.out / "corporate").iterdir()))


@fault("The last list of adopters names its columns otherwise.", Step.SHAPED)
def corporate_columns_renamed(target: Target) -> None:
    """Rename the columns of a return."""
    path = next(max((target.out / "corporate").iterdir()).glob("nwas_adopters_*.csv"))
    path.write_bytes(path.read_bytes().replace(b"applicant_type", b"kind_of_applicant"))
