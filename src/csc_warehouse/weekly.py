"""The weekly pack: which release it is of, written for those who manage and for the restricted area, and told by mail.

The functions that both the DAG and the command call, beside `nightly` and `stewardship`.
"""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import text

from csc_warehouse import nightly
from csc_warehouse.errors import CscWarehouseError
from csc_warehouse.privacy import roles
from csc_warehouse.settings import Settings, load_settings
from csc_warehouse.texts import CHOICES, Texts
from csc_warehouse.texts import FILE as TEXTS_FILE
from csc_warehouse.warehouse import Warehouse, open_warehouse

_SEEN = text("select release_id from release.pointer where authority_code = :authority")
_PUBLISHED = text("select authority_code from release.pointer order by authority_code")


def write(
    out: Path | None = None,
    *,
    as_at: datetime.date | None = None,
    authority_code: str | None = None,
    language: str | None = None,
    settings: Settings | None = None,
    progress: nightly.Progress | None = None,
) -> dict[str, Any]:
    """Write a pack: counts below a folder, lists of records into the restricted area; return where, and of what.

    Defaults: the restricted area for both; the release that readers see; the home authority; the languages of the
    configuration. A past day is that of the newest release stored for it; where none says of its work, one is built and
    stored, and not published. Returns authority_code, release_id, as_at, and the paths of counts and lists. Raises
    CscWarehouseError where nothing is published, UsageError for a day of which nothing has landed.
    """
    from csc_warehouse.landing.keeping.names_of_people import names_of_people
    from csc_warehouse.reporting import arguments, compare, page_locations
    from csc_warehouse.reporting import weekly as pack_of
    from csc_warehouse.reporting.committee import names_cy
    from csc_warehouse.reporting.report import frozen

    settings = settings or load_settings()
    authority_code = arguments.authority(settings.config, authority_code)
    languages = CHOICES[arguments.choice(language or settings.config.report_language, CHOICES, option="--language")]
    warehouse = open_warehouse(settings)
    if as_at is None:
        release_id = _seen(warehouse, authority_code)
    else:
        compare.check_landed(warehouse, authority_code, [as_at])
        found = compare.release_as_at(warehouse, authority_code, as_at)
        with warehouse.transaction() as connection:
            is_told = found is not None and pack_of.has_pack(connection, found, authority_code)
        how = {"progress": progress} if progress else {}
        release_id = found if is_told and found else nightly.store_as_at(as_at, settings=settings, **how)
    chosen = settings.config.weekly
    with warehouse.transaction() as connection:
        connection.execute(text("set transaction isolation level repeatable read"))
        pack = pack_of.read(
            connection,
            release_id,
            authority_code,
            windows=pack_of.Windows(chosen.due_soon_working_days, chosen.due_next_working_days),
            name_cy=names_cy(settings).get(authority_code, ""),
        )
        works = pack_of.read_work(connection, pack)
    if chosen.names_on_lists:
        # the role that builds what is restricted: of all that read, it alone may read names
        names = names_of_people(roles.under(warehouse, "tell"), authority_code, pack_of.people_of(works))
        works = pack_of.with_names(works, names)
    laid_over = frozen.laid_over(settings, TEXTS_FILE)
    folder = out or page_locations.weekly_packs(settings)
    counts = pack_of.write_counts(pack, folder, languages=languages, laid_over=laid_over)
    lists = pack_of.write_lists(settings, pack, works, languages=languages, laid_over=laid_over)
    return {
        "authority_code": authority_code,
        "authority_name": pack.authority_name,
        "authority_name_cy": pack.authority_name_cy,
        "release_id": release_id,
        "as_at": pack.as_at.isoformat(),
        "counts": [str(path) for path in counts],
        "lists": [str(path) for path in lists],
    }


def write_all(*, settings: Settings | None = None) -> list[dict[str, Any]]:
    """Write the pack of every authority that is published, into the restricted area.

    Returns of each authority, where it could be written, what write returns, with how many files there are in place of
    their paths; where it could not, its authority_code and failure, a sentence. One authority keeps no other waiting.
    """
    settings = settings or load_settings()
    told: list[dict[str, Any]] = []
    for code in _published(settings):
        try:
            pack = write(authority_code=code, settings=settings)
        except CscWarehouseError as error:
            told.append({"authority_code": code, "failure": f"{code}: {error}"})
        else:
            told.append(pack | {name: len(pack[name]) for name in ("counts", "lists")})
    return told


def require_all(written: list[dict[str, Any]]) -> None:
    """Raise CscWarehouseError with a sentence for each authority whose pack could not be written; nothing otherwise."""
    failures = [pack["failure"] for pack in written if "failure" in pack]
    if failures:
        raise CscWarehouseError(" ".join(failures))


def tell(written: list[dict[str, Any]], *, settings: Settings | None = None) -> list[str]:
    """Send the configured recipients a link to packs, once for each authority and day; one sentence per channel.

    The mail says nothing of what stands in the pack, in the languages of the configuration. One that cannot be sent is
    recorded and fails nothing; nobody is told of a pack that could not be written.
    """
    from csc_warehouse import notification

    settings = settings or load_settings()
    return [
        outcome.sentence
        for pack in written
        if "failure" not in pack
        for outcome in notification.tell(
            settings, "weekly", f"{pack['authority_code']} {pack['as_at']}", _mail(pack, settings)
        )
    ]


def _mail(pack: dict[str, Any], settings: Settings) -> str:
    from csc_warehouse.reporting import page_locations
    from csc_warehouse.reporting.report import frozen
    from csc_warehouse.reporting.weekly.words import PAGE

    address = settings.config.notification.pages_address
    laid_over = frozen.laid_over(settings, TEXTS_FILE)
    day = datetime.date.fromisoformat(pack["as_at"])
    said = []
    for language in CHOICES[settings.config.report_language]:
        texts = Texts(language, PAGE, laid_over)
        name = pack["authority_name_cy"] if language == "cy" and pack["authority_name_cy"] else pack["authority_name"]
        where = f"{address.rstrip('/')}/{page_locations.PREFIX}/weekly" if address else texts("mail.where")
        said.append(texts("mail.says", authority=name, day=texts.day(day), where=where))
    return "\n".join(said)


def _published(settings: Settings) -> list[str]:
    with open_warehouse(settings).transaction() as connection:
        return list(connection.execute(_PUBLISHED).scalars())


def _seen(warehouse: Warehouse, authority_code: str) -> int:
    with warehouse.transaction() as connection:
        seen = connection.execute(_SEEN, {"authority": authority_code}).scalar()
    if seen is None:
        raise CscWarehouseError(
            f"Nothing is published for {authority_code}: csc-warehouse status tells what is; csc-warehouse weekly"
            " --as-at DAY builds the pack of a day that has landed."
        )
    return int(seen)
