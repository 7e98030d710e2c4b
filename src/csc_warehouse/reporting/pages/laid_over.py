"""What the quality report says of the files that a council laid over the shipped defaults."""

from __future__ import annotations

from sqlalchemy import Connection, text

from csc_warehouse import layouts, texts
from csc_warehouse.reporting.pages.render import plural

OF_ONE_FILE = {
    layouts.REPORT: "the council's layout of the committee report",
    layouts.BOARD: "the council's layout of the safeguarding board's quarterly",
    texts.FILE: "the council's own wording of pages",
}
OF_OWN_INDICATORS = "of the council's own indicators"
_FILES = text(
    "select file_name, sha256, rows_added, rows_replaced, rows_removed from release.overlay_files"
    " where release_id = :release order by file_name"
)
_BEFORE = text(
    "select max(release_id) from quality.publications"
    " where authority_code = :authority and release_id < :release and published_at is not null"
)


def sentences(connection: Connection, release_id: int, authority_code: str) -> list[str]:
    """Return a sentence for each file laid over the defaults of a release, and for each that is no longer.

    It is compared with the release that was published for the authority before it, of whatever day.
    """
    files = connection.execute(_FILES, {"release": release_id}).all()
    before_release_id = connection.execute(_BEFORE, {"release": release_id, "authority": authority_code}).scalar()
    before = {row.file_name: row.sha256 for row in connection.execute(_FILES, {"release": before_release_id}).all()}
    told = []
    for file in files:
        is_of_rows = file.file_name.endswith(".csv")
        counts = [
            f"{plural(count, 'row')} {word}"
            for count, word in (
                (file.rows_added, "added"),
                (file.rows_replaced, "replaced"),
                (file.rows_removed, "removed"),
            )
            if count and is_of_rows
        ]
        other = "as shipped" if is_of_rows else OF_ONE_FILE.get(file.file_name, OF_OWN_INDICATORS)
        says = f"{file.file_name}: {', '.join(counts) or other}"
        if before_release_id is not None and before.get(file.file_name) != file.sha256:
            says += "; new or changed since the release before"
        told.append(f"{says}.")
    gone = sorted(set(before) - {file.file_name for file in files})
    return told + [f"{name}: no longer laid over, so the shipped defaults hold again." for name in gone]
