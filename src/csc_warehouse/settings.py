"""The one typed settings object, and the only reader of the environment."""

from __future__ import annotations

import datetime
import os
import tomllib
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError

from csc_warehouse.errors import UsageError

PROJECT_DIRECTORY = Path(__file__).resolve().parents[2]
"""The checkout that this package is installed from (editable); dbt_project/ and expectations/ lie in it."""


MOST_MEMBERS = 1000
"""Members of a zip, unless the configuration says otherwise (deliveries.md section 9, Limits)."""

SAMPLE_CUT_OVER_DATE = datetime.date(2018, 5, 21)
"""The day on which the sample's council went over to WCCIS (deliveries.md section 4)."""

WELSH_AUTHORITIES = {
    "W06000001": "Isle of Anglesey",
    "W06000002": "Gwynedd",
    "W06000003": "Conwy",
    "W06000004": "Denbighshire",
    "W06000005": "Flintshire",
    "W06000006": "Wrexham",
    "W06000008": "Ceredigion",
    "W06000009": "Pembrokeshire",
    "W06000010": "Carmarthenshire",
    "W06000011": "Swansea",
    "W06000012": "Neath Port Talbot",
    "W06000013": "Bridgend",
    "W06000014": "Vale of Glamorgan",
    "W06000015": "Cardiff",
    "W06000016": "Rhondda Cynon Taf",
    "W06000018": "Caerphilly",
    "W06000019": "Blaenau Gwent",
    "W06000020": "Torfaen",
    "W06000021": "Monmouthshire",
    "W06000022": "Newport",
    "W06000023": "Powys",
    "W06000024": "Merthyr Tydfil",
}
"""The 22 authorities of Wales by ONS code."""


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class AuthorityConfig(_Section):
    """What the warehouse must be told about one authority; keyed by its ONS code."""

    name: str
    cut_over_date: datetime.date | None = None
    """First day of WCCIS (deliveries.md section 4). None: the first WCCIS delivery's business date, with a notice."""


class LandingConfig(_Section):
    """Thresholds of trust (deliveries.md section 7, Trust)."""

    max_quarantined_share: float = Field(default=0.05, ge=0, le=1)
    """A delivery with a larger share of quarantined rows is refused, where there are more than the next two allow."""
    max_quarantined_rows: int = Field(default=10, ge=0)
    """A delivery of a case system with no more quarantined rows than this is never refused for them."""
    max_quarantined_rows_of_return: int = Field(default=2, ge=0)
    """The same for a corporate return; one of which no row can be read is refused all the same."""
    mass_loss_share: float = Field(default=0.20, ge=0, le=1)
    """A full in which an entity loses more than this share of its rows is refused."""
    mass_loss_minimum_rows: int = Field(default=100, ge=1)
    """Entities that had fewer rows than this are not guarded against mass loss."""
    future_grace_days: int = Field(default=1, ge=0, le=31)
    """A delivery dated more days than this after the day on which it is received is refused (deliveries.md section 9);
    the one is for clocks and time zones."""
    earliest_business_date: datetime.date = datetime.date(1990, 1, 1)
    """A delivery dated before it is refused: it is the first day of the warehouse's calendar."""
    stable_seconds_scheduled: float = Field(default=60, ge=0)
    """How long a file must have kept its size before a DAG reads it."""
    stable_seconds_command: float = Field(default=0, ge=0)
    """The same for commands that a person starts."""
    maximum_control_lines: int = Field(default=10_000, ge=1)
    """A control file of more lines is refused (deliveries.md section 9, Limits)."""
    maximum_control_bytes: int = Field(default=16 * 1024**2, ge=1)
    """A control file or manifest that is larger is refused."""
    maximum_field_characters: int = Field(default=1024**2, ge=1)
    """A row in which a value is longer goes to quarantine, as value_too_long."""
    maximum_zip_members: int = Field(default=MOST_MEMBERS, ge=1)
    """A zip with more members is refused."""
    maximum_unpacked_bytes: int = Field(default=50 * 1024**3, gt=0)
    """A zip whose members together unpack to more is refused."""
    maximum_member_bytes: int = Field(default=8 * 1024**3, gt=0)
    """A zip member that unpacks to more is refused."""
    maximum_compression_ratio: float = Field(default=200.0, gt=1)
    """A zip member that unpacks to more than this many times its packed size is refused."""
    maximum_sheet_rows: int = Field(default=200_000, ge=1)
    """A corporate return, sheet or CSV, with a value in a later row is refused."""
    maximum_sheet_columns: int = Field(default=200, ge=1)
    """A corporate return, sheet or CSV, with a value further to the right is refused."""
    keep_refused_days: int = Field(default=30, ge=0)
    """How long refused deliveries are kept apart for inspection."""
    keep_superseded_days: int | None = Field(default=None, ge=0)
    """How long the archive keeps a verified delivery after another one for its business date replaced it, or after it
    was withdrawn; None: for ever. Accepted deliveries always stay, as row history is made of them."""


class SftpConfig(_Section):
    """An SFTP server that deliveries are fetched from, in place of the exports folder."""

    host: str
    port: int = Field(default=22, ge=1, le=65535)
    user: str
    folder: str = "."
    """Its exports folder: raise/, wccis/ and corporate/ lie in it."""
    key_file: Path | None = None
    """Private key of the account."""
    password: SecretStr | None = None
    """Where the server takes no keys."""
    known_hosts: Path | None = None
    """File with the server's public key, in OpenSSH's form; a server that is not in it is refused."""
    host_key: str | None = None
    """The server's public key itself (`ssh-ed25519 AAAA...`), where there is no such file."""
    sources: tuple[str, ...] | None = None
    """Sources that are fetched from it; None: every source in use."""
    timeout_seconds: float = Field(default=30, gt=0)


class ReplicaConfig(_Section):
    """A reporting replica: the database that a source's entities are read from, in place of files."""

    url: SecretStr
    """SQLAlchemy URL with its driver, for example `mssql+pyodbc://reader:...@server/RAISE?driver=...`."""
    database_schema: str | None = None
    """Schema that holds the tables, each named as its entity; None: the account's default."""
    authority: str | None = None
    """ONS code of the authority whose rows are read; None: the home authority."""
    counts_table: str | None = None
    """Table of the source's own counts (columns entity_name, row_count); None: the database's own statistics."""
    tolerance: float = Field(default=0.05, ge=0, lt=1)
    """Share by which statistics, which are estimates, may exceed the rows that the account sees."""
    isolation: str | None = None
    """Isolation level of the one snapshot; None: the one that suits the database."""


class DisclosureConfig(_Section):
    """How reporting hides small numbers (design.md section 4, Suppress once)."""

    profiles: tuple[Literal["open", "committee"], ...] = ("open", "committee")
    smallest_shown_count: int = Field(default=5, ge=1)
    """Counts of children from 1 up to just below this are hidden."""
    smallest_shown_denominator: int = Field(default=10, ge=1)
    """Percentages of fewer are hidden in the open profile."""


class RatingConfig(_Section):
    """Rules behind a rating (indicators.md section 3)."""

    amber_margin: float = Field(default=5.0, ge=0)
    """Within this many percent of the target (relative) a figure is amber."""
    change_confidence: float = Field(default=0.95, gt=0, lt=1)
    """A change less certain than this is shown as "no clear change"."""


class NotificationConfig(_Section):
    """Whom a held, broken-off or late night tells, and by what; by default nobody."""

    smtp_host: str | None = None
    """The council's mail relay; None: no mail."""
    smtp_port: int = Field(default=587, ge=1, le=65535)
    smtp_security: Literal["starttls", "tls", "none"] = "starttls"
    smtp_user: str | None = None
    smtp_password_file: Path | None = None
    """File with the password of smtp_user."""
    smtp_from: str = "csc-warehouse@localhost"
    smtp_to: tuple[str, ...] = ()
    webhook_url: SecretStr | None = None
    """http or https address that takes {"text": ...}; it often holds a secret, and so never stands in a log."""
    timeout_seconds: float = Field(default=10, gt=0)


class SignOffConfig(_Section):
    """Who may sign a release in Airflow's pages."""

    accounts: tuple[str, ...] = ()
    """Account names; none: everybody whom the pages let answer, which takes the role csc_reviewer."""


class MaintenanceConfig(_Section):
    """What is kept, and for how long."""

    keep_releases: int = Field(default=30, ge=1)
    """Latest releases whose figures stay; signed ones, and what readers see or could go back to, always do."""
    backup_folder: Path | None = None
    """Where a backup is written each night; None: none is."""
    keep_backups: int = Field(default=7, ge=1)


class SafeguardsConfig(_Section):
    """What a council accepts to publish without; each key that is true stands in `status` every night."""

    without_roles: bool = False
    """The server lacks the roles, or this login may not act as them: the night works as the login itself, and no
    row-level security keeps readers apart."""
    without_restricted_marks: bool = False
    """The children of a release do not say whose record is restricted: none is hidden."""

    @property
    def waived(self) -> tuple[str, ...]:
        """Return a sentence for each safeguard that is waived."""
        said = {
            "without_roles": "row-level security need not hold, and the night's steps may work as the login itself",
            "without_restricted_marks": "children whose records are restricted need not be hidden",
        }
        return tuple(f"safeguards.{key} = true: {what}." for key, what in said.items() if getattr(self, key))


class DataDocsConfig(_Section):
    """Great Expectations' own pages, for engineers."""

    deliveries: int = Field(default=40, ge=0)
    """So many of the newest deliveries have a page, and so many of the newest that failed a check; 0: none has."""


class Config(_Section):
    """The TOML file named by CSC_WAREHOUSE_CONFIG; every key has a default that suits the sample."""

    authorities: dict[str, AuthorityConfig] = {
        code: AuthorityConfig(name=name, cut_over_date=SAMPLE_CUT_OVER_DATE if code == "W06000006" else None)
        for code, name in WELSH_AUTHORITIES.items()
    }
    home_authority: str = "W06000006"
    """The council whose RAISe and corporate returns these are."""
    sources: tuple[str, ...] = ("raise", "wccis", "corporate")
    """Sources in use: contracts of these names are loaded and their DAGs land them."""
    landing: LandingConfig = LandingConfig()
    sftp: SftpConfig | None = None
    """None: deliveries lie in the exports folder."""
    replicas: dict[str, ReplicaConfig] = {}
    """By source: databases that are read in place of files."""
    disclosure: DisclosureConfig = DisclosureConfig()
    rating: RatingConfig = RatingConfig()
    notification: NotificationConfig = NotificationConfig()
    sign_off: SignOffConfig = SignOffConfig()
    maintenance: MaintenanceConfig = MaintenanceConfig()
    data_docs: DataDocsConfig = DataDocsConfig()
    safeguards: SafeguardsConfig = SafeguardsConfig()
    spellings: dict[str, dict[str, str]] = {}
    """Further spellings by list (team, role, heading): {"team": {"ASSESSMENT & INTERVENTION": "AIT"}}."""


class Settings(BaseModel):
    """Where this warehouse lives and how it behaves; one object, read once per command."""

    model_config = ConfigDict(frozen=True)

    home: Path
    """State: embedded cluster, archive, reports, logs."""
    database_url: str | None
    """SQLAlchemy URL of a council's own PostgreSQL 15+; None: the embedded cluster below home."""
    exports: Path
    key_file: Path
    is_key_made_on_first_use: bool
    config: Config

    @property
    def archive(self) -> Path:
        """Return the folder of verified deliveries, the source of truth."""
        return self.home / "archive"

    @property
    def spool(self) -> Path:
        """Return the folder in which deliveries from elsewhere lie while they are landed."""
        return self.home / "spool"

    @property
    def large_spool(self) -> Path:
        """Return the folder in which the rows of large deliveries lie while they are landed."""
        return self.spool / "large"

    @property
    def reports(self) -> Path:
        """Return the folder of generated pages."""
        return self.home / "reports"

    @property
    def logs(self) -> Path:
        """Return the folder of logs."""
        return self.home / "logs"


def load_config(path: Path | None) -> Config:
    """Read the TOML configuration.

    Raises UsageError naming the file and key when it cannot be read or breaks a rule.
    """
    if path is None:
        return Config()
    try:
        with path.open("rb") as file:
            return Config.model_validate(tomllib.load(file))
    except FileNotFoundError as error:
        raise UsageError(f"The configuration file {path} does not exist: correct CSC_WAREHOUSE_CONFIG.") from error
    except tomllib.TOMLDecodeError as error:
        raise UsageError(
            f"The configuration file {path} is not valid TOML: {error}. Correct it and run again."
        ) from error
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        raise UsageError(f"The configuration file {path} has a wrong value at {key}: {first['msg']}.") from error


def child_environment(**variables: str) -> dict[str, str]:
    """Return this process's environment with further variables, for a process that it starts."""
    return {**os.environ, **variables}


def load_settings(*, exports: Path | None = None, home: Path | None = None) -> Settings:
    """Read the environment once; arguments win over it.

    Raises UsageError when the configuration cannot be read.
    """
    environment = os.environ
    home = (home or Path(environment.get("CSC_WAREHOUSE_HOME") or PROJECT_DIRECTORY / ".warehouse")).absolute()
    url = environment.get("CSC_WAREHOUSE_URL") or None
    config_path = environment.get("CSC_WAREHOUSE_CONFIG")
    key_path = environment.get("CSC_WAREHOUSE_KEY_FILE")
    exports = exports or Path(environment.get("CSC_WAREHOUSE_EXPORTS") or home / "exports")
    return Settings(
        home=home,
        database_url=url,
        exports=exports.absolute(),
        key_file=Path(key_path).absolute() if key_path else home / "secrets" / "pseudonym.key",
        is_key_made_on_first_use=key_path is None and url is None,
        config=load_config(Path(config_path) if config_path else None),
    )
