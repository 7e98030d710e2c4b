"""Tell people of a held, broken-off or late night, by mail and webhook: the verdict's own sentence, nothing of a child.

A weekly pack is told of by mail alone, to recipients of its own: where it lies, and nothing of what it says.

A message that cannot be sent never fails the night: it is logged as an error, recorded in quality.notifications, shown
by `csc-warehouse status` and tried again when the deadline is looked at, in the evening and by the next night. A mail
that the relay takes for some recipients alone is tried again for the others, and for nobody twice.
"""

from __future__ import annotations

import hashlib
import http.client
import json
import logging
import smtplib
import ssl
import urllib.parse
import urllib.request
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import getaddresses
from typing import Any, Literal

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from csc_warehouse.errors import CscWarehouseError
from csc_warehouse.settings import NotificationConfig, Settings
from csc_warehouse.warehouse import open_warehouse

LOGGER = logging.getLogger(__name__)
Event = Literal["held", "broken off", "late", "weekly"]
Channel = Literal["mail", "webhook"]
Recipients = Collection[str] | None
"""Fingerprints of those who are still to be told; None: everybody."""
Send = Callable[[Event, str, Recipients], Mapping[str, int]]
"""Sends a sentence to recipients, and returns who of them was refused while others were told: fingerprint -> code."""
SUBJECTS: dict[Event, str] = {
    "held": "the night is held",
    "broken off": "the night is broken off",
    "late": "the night is late",
    "weekly": "the weekly pack is out",
}
TRIED_FOR_HOURS = 24
"""A message that did not get through in so many hours is no news any more: the next night has its own."""


@dataclass(frozen=True)
class Told:
    """What became of a message on one channel; error None: it was sent."""

    channel: Channel
    error: str | None
    refused: tuple[str, ...] = ()
    """Fingerprints of recipients who were refused while others were told."""

    @property
    def status(self) -> Literal["sent", "partly", "failed"]:
        """Return the word under which it is recorded."""
        if self.error is None:
            return "sent"
        return "partly" if self.refused else "failed"

    @property
    def sentence(self) -> str:
        """Say it in one line."""
        if self.status == "sent":
            return f"Told by {self.channel}."
        if self.status == "partly":
            return f"Told by {self.channel}, but NOT everybody: {self.error}"
        return f"NOT told by {self.channel}: {self.error}"


def tell(settings: Settings, event: Event, occasion: str, sentence: str) -> list[Told]:
    """Send one sentence by every configured channel, and once alone for an occasion; never raises for one that fails.

    occasion: the release, or the day of a deadline. Whoever was told of it by a channel is not told again: of a mail
    that was refused for some recipients these alone get it.
    """
    channels = _channels(settings.config.notification, event)
    if not channels:
        return []
    left = _left_to_tell(settings, event, occasion, channels)
    outcomes = [_send(channel, channels[channel], event, sentence, only) for channel, only in left.items()]
    _record(settings, event, occasion, sentence, outcomes)
    return outcomes


def tell_again(settings: Settings) -> list[Told]:
    """Send what could not be sent before, within a day of its first try; never raises for what fails again."""
    by_event = {event: _channels(settings.config.notification, event) for event in SUBJECTS}
    if not any(by_event.values()):
        return []
    statement = text(
        "select event, occasion, channel, sentence, refused_recipients from quality.untold_notifications"
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
        only = row.refused_recipients or None
        channels = by_event[row.event]
        if row.channel in channels and _is_anybody_left(settings, row.event, only):
            outcome = _send(row.channel, channels[row.channel], row.event, row.sentence, only)
            _record(settings, row.event, row.occasion, row.sentence, [outcome])
            outcomes.append(outcome)
    return outcomes


def addresses(configured: NotificationConfig, event: Event, only: Recipients = None) -> list[str]:
    """Return the addresses that mail of an event goes to: all, or those of fingerprints that are still recipients."""
    every = [address for _, address in getaddresses(_recipients(configured, event)) if address]
    return [address for address in every if only is None or _fingerprint(address) in only]


def _recipients(configured: NotificationConfig, event: Event) -> tuple[str, ...]:
    return configured.weekly_to if event == "weekly" else configured.smtp_to


def _fingerprint(address: str) -> str:
    """Return what stands for a recipient where no address is kept."""
    return hashlib.sha256(address.lower().encode()).hexdigest()


def _is_anybody_left(settings: Settings, event: Event, only: Recipients) -> bool:
    """Tell whether a message that was refused for some recipients still has one of them."""
    return only is None or bool(addresses(settings.config.notification, event, only))


def _channels(configured: NotificationConfig, event: Event) -> dict[Channel, Send]:
    """Return what is configured to be told by of an event."""
    channels: dict[Channel, Send] = {}
    if configured.smtp_host is not None and _recipients(configured, event):
        channels["mail"] = lambda event, sentence, only: _mail(configured, event, sentence, only)
    if configured.webhook_url is not None and event != "weekly":
        channels["webhook"] = lambda event, sentence, _: _post(configured, event, sentence)
    return channels


def _send(channel: Channel, send: Send, event: Event, sentence: str, only: Recipients) -> Told:
    """Send; what went wrong is logged without any address or password."""
    try:
        refused = send(event, sentence, only)
    except (OSError, smtplib.SMTPException, http.client.HTTPException, ValueError) as error:
        # the words of a server may quote what was sent to it; its code and the kind of error say enough
        code = getattr(error, "smtp_code", None) or getattr(error, "code", None) or getattr(error, "errno", None)
        outcome = Told(channel, f"{type(error).__name__}{f' ({code})' if code else ''}")
    else:
        outcome = Told(channel, _refusal(refused), tuple(sorted(refused)))
    if outcome.error is not None:
        LOGGER.error("%s It would have said: %s", outcome.sentence, sentence)
    return outcome


def _refusal(refused: Mapping[str, int]) -> str | None:
    if not refused:
        return None
    codes = ", ".join(str(code) for code in sorted(set(refused.values())))
    return f"{len(refused)} {'recipient' if len(refused) == 1 else 'recipients'} refused by the relay ({codes})"


def _mail(configured: NotificationConfig, event: Event, sentence: str, only: Recipients) -> dict[str, int]:
    """Send a mail: it names all recipients, and goes to those who are still to be told."""
    message = EmailMessage()
    message["Subject"] = f"csc-warehouse: {SUBJECTS[event]}"
    message["From"] = configured.smtp_from
    message["To"] = ", ".join(_recipients(configured, event))
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
        refused = server.send_message(message, to_addrs=addresses(configured, event, only))
    return {_fingerprint(address): code for address, (code, _) in refused.items()}


def _post(configured: NotificationConfig, event: Event, sentence: str) -> dict[str, int]:
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
        return {}


def _left_to_tell(
    settings: Settings, event: Event, occasion: str, channels: Collection[Channel]
) -> dict[Channel, Recipients]:
    """Return who has not been told of an occasion yet; where nobody can say, people are rather told twice."""
    statement = (
        "select channel, refused_recipients from quality.untold_notifications"
        " where event = :event and occasion = :occasion"
    )
    tried = "select distinct channel from quality.notifications where event = :event and occasion = :occasion"
    key = {"event": event, "occasion": occasion}
    try:
        with open_warehouse(settings).transaction() as connection:
            told: set[str] = set(connection.execute(text(tried), key).scalars())
            untold = {row.channel: row.refused_recipients or None for row in connection.execute(text(statement), key)}
    except (CscWarehouseError, SQLAlchemyError) as error:
        LOGGER.error("Who was told before cannot be read: %s.", type(error).__name__)
        return dict.fromkeys(channels)
    left = {channel: untold.get(channel) for channel in channels if channel in untold or channel not in told}
    return {channel: only for channel, only in left.items() if _is_anybody_left(settings, event, only)}


def _record(settings: Settings, event: Event, occasion: str, sentence: str, outcomes: list[Told]) -> None:
    rows: list[dict[str, Any]] = [
        {
            "event": event,
            "occasion": occasion,
            "channel": outcome.channel,
            "status": outcome.status,
            "sentence": sentence,
            "error": outcome.error,
            "refused": list(outcome.refused),
        }
        for outcome in outcomes
    ]
    if not rows:
        return
    try:
        with open_warehouse(settings).transaction() as connection:
            connection.execute(
                text(
                    "insert into quality.notifications"
                    " (event, occasion, channel, status, sentence, error, refused_recipients)"
                    " values (:event, :occasion, :channel, :status, :sentence, :error, :refused)"
                ),
                rows,
            )
    except (CscWarehouseError, SQLAlchemyError) as error:
        # the database may be the very reason of the message
        LOGGER.error("Who was told cannot be recorded: %s.", type(error).__name__)
