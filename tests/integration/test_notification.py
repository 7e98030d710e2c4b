"""A held or late night is told by mail and webhook, once, with one sentence; a message that fails is only recorded."""

from __future__ import annotations

import datetime
import json
import logging
from email import message_from_string
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from csc_warehouse import nightly, notification, stewardship
from csc_warehouse.commands import reading
from csc_warehouse.quality.deadline import punctuality
from csc_warehouse.reporting import status
from csc_warehouse.settings import Config, NotificationConfig, Settings
from csc_warehouse.warehouse import Warehouse
from tests.support.listeners import Listener, mail_server, webhook

HELD = "W06000006 as at 2018-12-31: held. Held: Contacts fell by 80%. The figures published before stay."


def _settings(
    warehouse: Warehouse, mail: Listener | None = None, hook: Listener | None = None, **more: Any
) -> Settings:
    found: dict[str, Any] = {"smtp_security": "none", "timeout_seconds": 5}
    if mail:
        found |= {"smtp_host": "127.0.0.1", "smtp_port": mail.port, "smtp_to": ("lead@council.example",)}
    if hook:
        found["webhook_url"] = f"http://127.0.0.1:{hook.port}/secret-path"
    config = Config(notification=NotificationConfig(**(found | more)))
    return warehouse.settings.model_copy(update={"config": config})


def _body(mail: Listener) -> str:
    payload = message_from_string(mail.heard[0]).get_payload(decode=True)
    assert isinstance(payload, bytes)
    return payload.decode().strip()


def _recorded(warehouse: Warehouse, occasion: str) -> list[tuple[Any, ...]]:
    with warehouse.transaction() as connection:
        rows = connection.execute(
            text(
                "select event, channel, status, sentence, error from quality.notifications"
                " where occasion = :occasion order by notification_id"
            ),
            {"occasion": occasion},
        )
        return [tuple(row) for row in rows]


def test_held_night_when_told_then_both_channels_say_the_same_sentence_once(module_warehouse: Warehouse) -> None:
    with mail_server() as mail, webhook() as hook:
        settings = _settings(module_warehouse, mail, hook)
        told = notification.tell(settings, "held", "release 1", HELD)
        again = notification.tell(settings, "held", "release 1", HELD)
    assert [outcome.sentence for outcome in told] == ["Told by mail.", "Told by webhook."]
    assert again == []
    assert len(mail.heard) == 1
    message = message_from_string(mail.heard[0])
    assert message["To"] == "lead@council.example"
    assert message["Subject"] == "csc-warehouse: the night is held"
    assert _body(mail) == HELD
    assert [json.loads(heard) for heard in hook.heard] == [{"text": HELD, "event": "held"}]
    assert _recorded(module_warehouse, "release 1") == [
        ("held", "mail", "sent", HELD, None),
        ("held", "webhook", "sent", HELD, None),
    ]


def test_message_when_it_cannot_be_sent_then_loudly_recorded_and_tried_again(
    module_warehouse: Warehouse, caplog: pytest.LogCaptureFixture
) -> None:
    with mail_server() as mail, webhook(status=500) as hook:
        pass  # nobody listens any more
    with caplog.at_level(logging.ERROR, logger="csc_warehouse.notification"):
        told = notification.tell(_settings(module_warehouse, mail, hook), "held", "release 2", HELD)
    assert [outcome.error is None for outcome in told] == [False, False]
    assert caplog.text.count("NOT told by") == 2
    assert "secret-path" not in caplog.text
    with webhook(status=500) as hook:
        (mailed, posted) = notification.tell(_settings(module_warehouse, mail, hook), "held", "release 2", HELD)
    assert mailed.error is not None
    assert posted.error == "HTTPError (500)"
    with mail_server() as mail, webhook() as hook:
        told = notification.tell(_settings(module_warehouse, mail, hook), "held", "release 2", HELD)
    assert [outcome.error for outcome in told] == [None, None]
    assert [row[2] for row in _recorded(module_warehouse, "release 2")] == ["failed"] * 4 + ["sent"] * 2


def test_message_when_nobody_got_it_then_status_says_so_until_it_is_told(
    module_warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with mail_server() as mail:
        pass  # nobody listens any more
    settings = _settings(module_warehouse, mail)
    notification.tell(settings, "held", "release 5", HELD)
    (again,) = notification.tell_again(settings)
    assert again.error is not None
    monkeypatch.setattr(reading, "load_settings", lambda: settings)
    reading.status(as_json=False)
    (line,) = [line for line in capsys.readouterr().out.splitlines() if line.startswith("NOT TOLD")]
    assert line.startswith("NOT TOLD by mail (held, release 5), tried 2 times, last at ")
    assert line.endswith(f"ConnectionRefusedError (111). It says: {HELD}")
    with mail_server() as mail, webhook() as hook:
        # by a channel that was configured later it was never tried, and is not told late
        (told,) = notification.tell_again(_settings(module_warehouse, mail, hook))
        assert notification.tell_again(_settings(module_warehouse, mail, hook)) == []
    assert told == notification.Told("mail", None)
    assert _body(mail) == HELD
    assert hook.heard == []
    assert status.read(module_warehouse)["untold"] == []


def test_mail_when_refused_for_some_then_these_alone_are_tried_again_and_status_names_them(
    module_warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lead, left, new = "lead@council.example", "Left@council.example", "new@council.example"
    everybody: dict[str, Any] = {"smtp_to": (lead, left, f"A. Jones <{new}>")}

    def status_lines() -> list[str]:
        monkeypatch.setattr(reading, "load_settings", lambda: settings)
        reading.status(as_json=False)
        return [line for line in capsys.readouterr().out.splitlines() if "release 7" in line]

    with mail_server(refused=(left, new)) as mail:
        settings = _settings(module_warehouse, mail, **everybody)
        (told,) = notification.tell(settings, "held", "release 7", HELD)
        assert told.sentence == "Told by mail, but NOT everybody: 2 recipients refused by the relay (550)"
        assert mail.told == [[lead]]
        (line,) = status_lines()
        assert line.startswith(f"NOT TOLD by mail to {left}, {new} (held, release 7), tried once")
        # nobody of those left is taken: that is no news for the first
        (again,) = notification.tell_again(settings)
        assert again.error == "SMTPRecipientsRefused"
        assert mail.told == [[lead]]
    with mail_server(refused=(left,)) as mail:
        settings = _settings(module_warehouse, mail, **everybody)
        # the task is cleared, and told again
        (told,) = notification.tell(settings, "held", "release 7", HELD)
        assert told.status == "partly"
        assert mail.told == [[new]]
        assert message_from_string(mail.heard[0])["To"] == f"{lead}, {left}, A. Jones <{new}>"
        (line,) = status_lines()
        assert line.startswith(f"NOT TOLD by mail to {left} (held, release 7), tried 3 times")
    with mail_server() as mail:
        # who was refused is no recipient any more: nobody is left to be told
        settings = _settings(module_warehouse, mail)
        assert notification.tell_again(settings) == notification.tell(settings, "held", "release 7", HELD) == []
        assert status_lines() == []
        settings = _settings(module_warehouse, mail, **everybody)
        assert notification.tell_again(settings) == [notification.Told("mail", None)]
        assert notification.tell_again(settings) == notification.tell(settings, "held", "release 7", HELD) == []
        assert mail.told == [[left]]
        assert status_lines() == []
    assert [row[2] for row in _recorded(module_warehouse, "release 7")] == ["partly", "failed", "partly", "sent"]
    with module_warehouse.transaction() as connection:
        kept: str = connection.execute(
            text("select string_agg(n::text, ' ') from quality.notifications as n")
        ).scalar_one()
    assert "@" not in kept


def test_message_when_it_is_a_day_old_then_it_is_shown_and_no_longer_sent(module_warehouse: Warehouse) -> None:
    with module_warehouse.transaction() as connection:
        connection.execute(
            text(
                "insert into quality.notifications (event, occasion, channel, status, sentence, error, told_at)"
                " values ('late', '2018-12-30', 'mail', 'failed', 'Nothing.', 'OSError', now() - interval '25 hours')"
            )
        )
    with mail_server() as mail:
        assert notification.tell_again(_settings(module_warehouse, mail)) == []
    assert mail.heard == []
    assert [row["occasion"] for row in status.read(module_warehouse)["untold"]] == ["2018-12-30"]


def test_deadline_when_the_warehouse_is_lost_then_people_are_told_that_nobody_can_say(
    module_warehouse: Warehouse, tmp_path: Path
) -> None:
    seven = datetime.datetime(2018, 12, 31, 7, tzinfo=datetime.UTC)
    with mail_server() as mail:
        lost = _settings(module_warehouse, mail).model_copy(
            update={"database_url": "postgresql://nobody@127.0.0.1:1/none", "home": tmp_path}
        )
        assert stewardship.tell_blind(seven, settings=lost) == ["Told by mail."]
    assert _body(mail).startswith("Whether the figures were out by 07:00 on 31 December 2018 cannot be said")


def test_webhook_when_its_address_is_none_then_recorded_and_its_secret_stays_in(
    module_warehouse: Warehouse, caplog: pytest.LogCaptureFixture
) -> None:
    config = Config(notification=NotificationConfig(webhook_url="http://127.0.0.1:1/se cret"))
    settings = module_warehouse.settings.model_copy(update={"config": config})
    (told,) = notification.tell(settings, "held", "release 6", HELD)
    assert told.error == "InvalidURL"
    assert "cret" not in caplog.text


def test_mail_when_the_relay_offers_no_encryption_then_nothing_goes_out_in_the_clear(
    module_warehouse: Warehouse,
) -> None:
    with mail_server() as mail:
        settings = _settings(module_warehouse, mail, smtp_security="starttls")
        (told,) = notification.tell(settings, "held", "release 3", HELD)
    assert told.error == "SMTPNotSupportedError"
    assert mail.heard == []


def test_database_when_it_is_gone_then_people_are_told_all_the_same(
    module_warehouse: Warehouse, tmp_path: Path
) -> None:
    with mail_server() as mail:
        lost = _settings(module_warehouse, mail).model_copy(
            update={"database_url": "postgresql://nobody@127.0.0.1:1/none", "home": tmp_path}
        )
        told = nightly.notify(None, "scheduled__2018-12-31", settings=lost)
    assert told == ["Told by mail."]
    assert _body(mail) == nightly.BROKEN_OFF


def test_nobody_configured_when_a_night_is_held_then_nobody_is_told(module_warehouse: Warehouse) -> None:
    assert notification.tell(module_warehouse.settings, "held", "release 4", HELD) == []
    assert _recorded(module_warehouse, "release 4") == []


def _publish(warehouse: Warehouse, code: str, as_at: str, published_at: str | None) -> None:
    verdict = "published" if published_at else "held"
    with warehouse.transaction() as connection:
        release_id: int = connection.execute(
            text(
                "insert into release.releases (run_id, code_version, state) values ('r', 'test', 'published')"
                " returning release_id"
            )
        ).scalar_one()
        connection.execute(
            text(
                "insert into quality.publications values"
                " (:release, :code, :as_at, :verdict, null, cast(:at as timestamptz), null, 'test')"
            ),
            {"release": release_id, "code": code, "as_at": as_at, "verdict": verdict, "at": published_at},
        )
        if published_at:
            connection.execute(
                text(
                    "insert into release.pointer values (:code, :release, :at)"
                    " on conflict (authority_code) do update set release_id = excluded.release_id"
                ),
                {"code": code, "release": release_id, "at": published_at},
            )


@pytest.fixture
def _no_publications(module_warehouse: Warehouse) -> None:
    with module_warehouse.transaction() as connection:
        connection.execute(text("truncate quality.publications, release.pointer"))
        connection.execute(text("update release.schema_migrations set applied_at = '2010-01-01'"))


@pytest.mark.usefixtures("_no_publications")
@pytest.mark.parametrize(
    ("day", "published_at", "is_in_time"),
    [
        # clocks went forward in this night: seven o'clock is 06:00 UTC
        (datetime.date(2018, 3, 25), "2018-03-25 05:59:59+00", True),
        (datetime.date(2018, 3, 25), "2018-03-25 06:00:01+00", False),
        # what came late on the day before is not this night's
        (datetime.date(2018, 3, 25), "2018-03-24 07:00:01+00", False),
        (datetime.date(2018, 3, 25), "2018-03-24 23:59:59+00", False),
        (datetime.date(2018, 3, 25), "2018-03-25 00:00:00+00", True),
        # clocks went back in this night: seven o'clock is 07:00 UTC
        (datetime.date(2018, 10, 28), "2018-10-28 06:59:59+00", True),
        (datetime.date(2018, 10, 28), "2018-10-28 07:00:01+00", False),
        (datetime.date(2018, 10, 28), "2018-10-27 06:00:01+00", False),
        (datetime.date(2018, 10, 28), "2018-10-27 22:59:59+00", False),
        (datetime.date(2018, 10, 28), "2018-10-27 23:00:00+00", True),
    ],
)
def test_deadline_when_clocks_change_then_is_still_seven_in_the_morning(
    module_warehouse: Warehouse, day: datetime.date, published_at: str, is_in_time: bool
) -> None:
    _publish(module_warehouse, "W06000006", "2018-03-20", published_at)
    noon = datetime.datetime.combine(day, datetime.time(12), datetime.UTC)
    found = punctuality(module_warehouse, noon)
    assert found.day == day
    assert (found.late == ()) == is_in_time


@pytest.mark.usefixtures("_no_publications")
@pytest.mark.parametrize(("as_at", "is_in_time"), [("2018-12-30", True), ("2018-12-29", False)])
def test_deadline_when_published_the_evening_before_then_only_with_that_days_figures(
    module_warehouse: Warehouse, as_at: str, is_in_time: bool
) -> None:
    _publish(module_warehouse, "W06000006", as_at, "2018-12-30 22:00+00")
    noon = datetime.datetime(2018, 12, 31, 12, tzinfo=datetime.UTC)
    assert (punctuality(module_warehouse, noon).late == ()) == is_in_time


@pytest.mark.usefixtures("_no_publications")
def test_deadline_when_missed_then_says_who_and_what_readers_see(module_warehouse: Warehouse) -> None:
    seven = datetime.datetime(2018, 12, 31, 7, tzinfo=datetime.UTC)
    assert punctuality(module_warehouse, seven).late == (
        "Nothing was published by 07:00 on 31 December 2018: no night has been built yet.",
    )
    _publish(module_warehouse, "W06000006", "2018-12-29", "2018-12-30 05:00+00")
    _publish(module_warehouse, "W06000005", "2018-12-30", "2018-12-31 05:00+00")
    _publish(module_warehouse, "W06000006", "2018-12-30", None)
    assert punctuality(module_warehouse, seven).late == (
        "W06000006 was not published by 07:00 on 31 December 2018: readers see the figures as at 29 December 2018.",
    )
    _publish(module_warehouse, "W06000006", "2018-12-30", "2018-12-31 06:59+00")
    assert punctuality(module_warehouse, seven).late == ()
    _publish(module_warehouse, "W06000004", "2018-12-30", None)
    assert punctuality(module_warehouse, seven).late == (
        "W06000004 was not published by 07:00 on 31 December 2018: readers see no figures yet.",
    )


@pytest.mark.usefixtures("_no_publications")
def test_deadline_when_the_warehouse_was_set_up_after_it_then_nobody_is_late(module_warehouse: Warehouse) -> None:
    with module_warehouse.transaction() as connection:
        connection.execute(text("update release.schema_migrations set applied_at = '2018-12-31 07:00:01+00'"))
    seven = datetime.datetime(2018, 12, 31, 7, tzinfo=datetime.UTC)
    assert punctuality(module_warehouse, seven).late == ()
    assert punctuality(module_warehouse, seven + datetime.timedelta(days=1)).late != ()
