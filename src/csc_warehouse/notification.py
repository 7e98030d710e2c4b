"""Tell people of a held, broken-off or late night, by mail and webhook: the verdict's own sentence, nothing of a child.

A message that cannot be sent never fails the night: it is logged as an error, recorded in quality.notifications, shown
by `csc-warehouse status` and tried again when the deadline is looked at, in the evening and by the next night.
"""

from __future__ import annotations

import http.client
import json
import logging
import smtplib
import ssl
import urllib.parse
import urllib.request
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from email.message import EmailMessage
from typing import Any, Literal

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from csc_warehouse.errors import CscWarehouseError
from csc_warehouse.settings import NotificationConfig, Settings
from csc_warehouse.warehouse import open_warehouse

LOGGER = logging.getLogger(__name__)
Event = Literal["held", "broken off", "late"]
Channel = Literal["mail", "webhook"]
Send = Callable[[Event, str], None]
TRIED_FOR_HOURS = 24
"""A message that did not get through in so many hours is no news any more: the next night has its own."""


@dataclass(frozen=True)
class Told:
    """What became of a message on one channel; error None: it was sent."""

    channel: Channel
    error: str | None

    @property
    def sentence(self) -> str:
        """Say it in one line."""
        if self.error is None:
            return f"Told by {self.channel}."
        return f"NOT told by {self.channel}: {self.error}"


def tell(settings: Settings, event: Event, occasion: str, sentence: str) -> list[Told]:
    """Send one sentence by every configured channel, and once alone for an occasion; never raises for one that fails.

    occasion: the release, or the day of a deadline. Whoever was told of it by a channel is not told again.
    """
    channels = _channels(settings.config.notification)
    if not channels:
        return []
    before = _told_before(settings, event, occasion)
    outcomes = [_send(channel, send, event, sentence) for channel, send in channels.items() if channel not in before]
    _record(settings, event, occasion, sentence, outcomes)
    return outcomes


def tell_again(settings: Settings) -> list[Told]:
    """Send what could not be sent before, within a day of its first try; never raises for what fails again."""
    channels = _channels(settings.config.notification)
    if not channels:
        return []
    statement = text(
        "select event, occasion, channel, sentence from quality.untold_notifications"
        " where first_tried_at > now() - make_interval(hours => :hours) order by first_tried_at"
    )
    try:
        with open_warehouse(settings).transaction() as connection:
            untold = connection.execute(statement, {"hours": TRIED_FOR_HOURS}).all()
    except (CscWarehouseError, SQLAlchemyError) as error:
        LOGGER.error("Who was not told cannot be read: %s.", type(error).__name__)
        return []
    outcomes = []
    for row in untold:
        if row.channel in channels:
            outcome = _send(row.channel, channels[row.channel], row.event, row.sentence)
            _record(settings, row.event, row.occasion, row.sentence, [outcome])
            outcomes.append(outcome)
    return outcomes


def _channels(configured: NotificationConfig) -> dict[Channel, Send]:
    """Return what is configured to be told by."""
    channels: dict[Channel, Send] = {}
    if configured.smtp_host is not None and configured.smtp_to:
        channels["mail"] = lambda event, sentence: _mail(configured, event, sentence)
    if configured.webhook_url is not None:
        channels["webhook"] = lambda event, sentence: _post(configured, event, sentence)
    return channels


def _send(channel: Channel, send: Send, event: Event, sentence: str) -> Told:
    outcome = Told(channel, _try(lambda: send(event, sentence)))
    if outcome.error is not None:
        LOGGER.error("%s It would have said: %s", outcome.sentence, sentence)
    return outcome


def _try(send: Callable[[], None]) -> str | None:
    """Send; return why it could not be sent, without any address or password."""
    try:
        send()
    except (OSError, smtplib.SMTPException, http.client.HTTPException, ValueError) as error:
        # the words of a server may quote what was sent to it; its code and the kind of error say enough
        code = getattr(error, "smtp_code", None) or getattr(error, "code", None) or getattr(error, "errno", None)
        return f"{type(error).__name__}{f' ({code})' if code else ''}"
    return None


def _mail(configured: NotificationConfig, event: Event, sentence: str) -> None:
    message = EmailMessage()
    message["Subject"] = f"csc-warehouse: the night is {event}"
    message["From"] = configured.smtp_from
    message["To"] = ", ".join(configured.smtp_to)
    message.set_content(sentence)
    host, timeout = str(configured.smtp_host), configured.timeout_seconds
    trust = ssl.create_default_context()
    server: smtplib.SMTP
    if configured.smtp_security == "tls":
        server = smtplib.SMTP_SSL(host, configured.smtp_port, timeout=timeout, context=trust)
    else:
        server = smtplib.SMTP(host, configured.smtp_port, timeout=timeout)
    with server:
        if configured.smtp_security == "starttls":
            server.starttls(context=trust)
        if configured.smtp_user is not None and configured.smtp_password_file is not None:
            server.login(configured.smtp_user, configured.smtp_password_file.read_text(encoding="utf-8").strip())
        refused = server.send_message(message)
    if refused:
        # the others have it: sending it to everybody again would help nobody
        LOGGER.error("%s of %s recipients of a mail were refused by the relay.", len(refused), len(configured.smtp_to))


def _post(configured: NotificationConfig, event: Event, sentence: str) -> None:
    address = configured.webhook_url.get_secret_value() if configured.webhook_url else ""
    if urllib.parse.urlsplit(address).scheme not in ("http", "https"):
        raise ValueError("notification.webhook_url is no http or https address")
    request = urllib.request.Request(  # noqa: S310  (its scheme was looked at)
        address,
        data=json.dumps({"text": sentence, "event": event}).encode(),
        headers={"Content-Type": "application/json"},
        method="POST",
    )
    with urllib.request.urlopen(request, timeout=configured.timeout_seconds):  # noqa: S310
        pass


def _told_before(settings: Settings, event: Event, occasion: str) -> set[str]:
    """Return the channels that have told of an occasion; where nobody can say, people are rather told twice."""
    statement = "select channel from quality.notifications where event = :event and occasion = :occasion"
    try:
        with open_warehouse(settings).transaction() as connection:
            rows: Sequence[str] = (
                connection.execute(text(f"{statement} and status = 'sent'"), {"event": event, "occasion": occasion})
                .scalars()
                .all()
            )
            return set(rows)
    except (CscWarehouseError, SQLAlchemyError) as error:
        LOGGER.error("Who was told before cannot be read: %s.", type(error).__name__)
        return set()


def _record(settings: Settings, event: Event, occasion: str, sentence: str, outcomes: list[Told]) -> None:
    rows: list[dict[str, Any]] = [
        {
            "event": event,
            "occasion": occasion,
            "channel": outcome.channel,
            "status": "sent" if outcome.error is None else "failed",
            "sentence": sentence,
            "error": outcome.error,
        }
        for outcome in outcomes
    ]
    if not rows:
        return
    try:
        with open_warehouse(settings).transaction() as connection:
            connection.execute(
                text(
                    "insert into quality.notifications (event, occasion, channel, status, sentence, error)"
                    " values (:event, :occasion, :channel, :status, :sentence, :error)"
                ),
                rows,
            )
    except (CscWarehouseError, SQLAlchemyError) as error:
        # the database may be the very reason of the message
        LOGGER.error("Who was told cannot be recorded: %s.", type(error).__name__)
