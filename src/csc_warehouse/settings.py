"""The one typed settings object, and the only reader of the environment."""

from __future__ import annotations

import datetime
import os
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from csc_warehouse import configuration
from csc_warehouse.authorities import WELSH_AUTHORITIES, names_in_both
from csc_warehouse.authority_config import AuthorityConfig
from csc_warehouse.errors import UsageError, listed, offer

PROJECT_DIRECTORY = Path(__file__).resolve().parents[2]
"""The checkout that this package is installed from (editable)."""

_IN_THE_PACKAGE = Path(__file__).resolve().parent / "shipped"
"""Where an installed wheel has what lies at the top of a checkout."""

IS_CHECKOUT = not _IN_THE_PACKAGE.is_dir()
"""Whether this package runs from a checkout, and not from an installed wheel."""


def shipped(name: str) -> Path:
    """Return the folder of that name which this version ships: dbt_project or dags, of the checkout or of the package.

    Nothing is ever written into it, as an installation may be read-only.
    """
    return (PROJECT_DIRECTORY if IS_CHECKOUT else _IN_THE_PACKAGE) / name


MOST_MEMBERS = 1000
"""Members of a zip, unless the configuration says otherwise (deliveries.md section 9, Limits)."""

DEFAULT_HOME = (PROJECT_DIRECTORY if IS_CHECKOUT else Path.cwd()) / ".warehouse"
"""Where the state lies unless CSC_WAREHOUSE_HOME names a folder: in the checkout, or where a command was started."""

OVERLAY = "overlay"
"""Folder beside the configuration file with what a council lays over the shipped defaults."""

SOURCES = tuple(sorted(path.parent.name for path in Path(__file__).parent.glob("contracts/*/source.yml")))
"""Every source that has a contract."""

SAMPLE_CUT_OVER_DATE = datetime.date(2018, 5, 21)
"""The day on which the sample's council went over to WCCIS (deliveries.md section 4)."""


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


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
    """A delivery dated more days than this after its receipt is refused (deliveries.md section 9): clocks differ."""
    earliest_business_date: datetime.date = datetime.date(1990, 1, 1)
    """A delivery dated before it is refused: it is the first day of the warehouse's calendar."""
    stable_seconds_scheduled: float = Field(default=60, ge=0)
    """How long a file must have kept its size before a DAG reads it."""
    stable_seconds_command: float = Field(default=0, ge=0)
    """The same for commands that a person starts."""
    side_by_side: int = Field(default=2, ge=1, le=64)
    """How many authorities are landed at once, a process each: the size of Airflow's pool csc_warehouse_landing."""
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
    """The server's name or address."""
    port: int = Field(default=22, ge=1, le=65535)
    """Where it listens."""
    user: str
    """Account on it."""
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
    """How long it may be silent."""


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

    profiles: tuple[Literal["open", "committee", "rounded"], ...] = ("open", "committee", "rounded")
    """Audiences of figures: open is strict, committee is as this council publishes, rounded is to the nearest 5."""
    smallest_shown_count: int = Field(default=5, ge=1)
    """Counts of children from 1 up to just below this are hidden."""
    smallest_shown_denominator: int = Field(default=10, ge=1)
    """Percentages of fewer are hidden in the open profile."""
    smallest_protected_width: int = Field(default=5, ge=1)
    """A hidden small number is never told to within less than this: its highest possible value less its lowest."""


class RatingConfig(_Section):
    """Rules behind a rating (indicators.md section 3)."""

    amber_margin: float = Field(default=5.0, ge=0)
    """Within this many percent of the target (relative) a figure is amber."""
    change_confidence: float = Field(default=0.95, gt=0, lt=1)
    """A change less certain than this is shown as "no clear change"."""


class NotificationConfig(_Section):
    """Whom a held, broken-off or late night tells, and whom a weekly pack, and by what; by default nobody."""

    smtp_host: str | None = None
    """The council's mail relay; None: no mail."""
    smtp_port: int = Field(default=587, ge=1, le=65535)
    """Where it listens."""
    smtp_security: Literal["starttls", "tls", "none"] = "starttls"
    """How mail to it is encrypted; none: only for a relay on the same machine."""
    smtp_user: str | None = None
    """Account on it; None: it asks for none."""
    smtp_password_file: Path | None = None
    """File with the password of smtp_user."""
    smtp_from: str = "csc-warehouse@localhost"
    """Address of the sender."""
    smtp_to: tuple[str, ...] = ()
    """Addresses of those who are told."""
    webhook_url: SecretStr | None = None
    """http or https address that takes {"text": ...}; it often holds a secret, and so never stands in a log."""
    timeout_seconds: float = Field(default=10, gt=0)
    """How long a relay or address may be silent."""
    weekly_to: tuple[str, ...] = ()
    """Addresses of those who get a mail with the link to the weekly pack; none: nobody gets one."""
    pages_address: Annotated[str | None, Field(pattern=r"^https?://[^\s\"'<>]+$")] = None
    """http or https address of Airflow's pages, which the link begins with; None: the mail says where to look."""


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
    backup_key_file: Path | None = None
    """Key that backups and protected copies are sealed with, as csc-warehouse rotate-backup-key makes it; None: they
    are not."""
    keep_backups: int = Field(default=7, ge=1)
    """So many of the newest stay in that folder."""
    drill_days: int = Field(default=7, ge=0)
    """So often in days a backup is restored beside the embedded server and compared with what stands; 0: never."""


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


class AssetRegisterConfig(_Section):
    """How the information asset register is written for one that the council keeps, such as FLOWZ."""

    layouts: dict[str, dict[str, configuration.AssetField]] = {}
    """Layouts by name, over the shipped register, flowz and processing: each column's heading, and its field."""


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
    """By ONS code. What the file gives is laid over the 22 of Wales; `only = true` in this table leaves the named ones
    alone."""
    home_authority: str = "W06000006"
    """The council whose RAISe and corporate returns these are."""
    sources: tuple[str, ...] = SOURCES
    """Sources in use: contracts of these names are loaded and their DAGs land them."""
    landing: LandingConfig = LandingConfig()
    sftp: SftpConfig | None = None
    """An SFTP server that deliveries are fetched from; None: they lie in the exports folder."""
    replicas: dict[str, ReplicaConfig] = {}
    """By source: databases that are read in place of files."""
    disclosure: DisclosureConfig = DisclosureConfig()
    rating: RatingConfig = RatingConfig()
    notification: NotificationConfig = NotificationConfig()
    weekly: configuration.WeeklyConfig = configuration.WeeklyConfig()
    lineage: configuration.LineageConfig = configuration.LineageConfig()
    sign_off: SignOffConfig = SignOffConfig()
    maintenance: MaintenanceConfig = MaintenanceConfig()
    data_docs: DataDocsConfig = DataDocsConfig()
    safeguards: SafeguardsConfig = SafeguardsConfig()
    asset_register: AssetRegisterConfig = AssetRegisterConfig()
    spellings: dict[Literal["team", "role", "heading"], dict[str, str]] = {}
    """Further spellings by list (team, role, heading): {"team": {"ASSESSMENT & INTERVENTION": "AIT"}}."""
    overlay: Path | None = None
    """Folder of what this council lays over the shipped defaults (docs/overlay.md), from the folder of this file on;
    None: the folder overlay beside this file, where there is one."""
    report_language: Literal["en", "cy", "both"] = "both"
    """Language of committee reports and weekly packs: en, cy, or both, each page with a link to the other."""
    report_formats: tuple[Literal["html", "csv", "xlsx", "docx", "pdf"], ...] = ("html", "csv", "xlsx", "docx", "pdf")
    """Formats in which a committee report is written once its release is signed."""
    log_form: Literal["text", "json"] = "text"
    """How commands write on standard error: sentences for people, or one JSON object a line for what collects logs."""
    code_address: Annotated[str | None, Field(pattern=r"^https?://[^\s\"'<>]+$")] = None
    """http or https address at which this code can be read; every report prints it with the version."""


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
    overlay: Path | None = None
    """Folder of what this council lays over the shipped defaults; None: there is none."""

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
    """Read the TOML configuration over the defaults.

    Raises UsageError with one sentence for each key that is wrong, naming the file, when it cannot be read or breaks a
    rule.
    """
    if path is None:
        return Config()
    default = Config().model_dump(include={"authorities"})["authorities"]
    names = names_in_both({code: entry["name"] for code, entry in default.items()})
    content, faults = configuration.with_default_authorities(configuration.read_toml(path), default, names)
    if faults:
        raise configuration.wrong(path, faults)
    config = configuration.validated(content, Config, path)
    faults = _faults_between_keys(config)
    if faults:
        raise configuration.wrong(path, faults)
    return config


def authority_fault(given: str, config: Config) -> str | None:
    """Return the sentence that says what is wrong with an authority's code, and which was meant; None: it is right."""
    if given in config.authorities:
        return None
    if given in WELSH_AUTHORITIES:
        used = listed(f"{code} ({authority.name})" for code, authority in sorted(config.authorities.items()))
        return (
            f"{given} ({WELSH_AUTHORITIES[given]}) is not among the authorities of the configuration: there is {used}."
        )
    return configuration.code_fault(given, names_in_both({code: a.name for code, a in config.authorities.items()}))


def _faults_between_keys(config: Config) -> list[str]:
    """Return what is wrong with keys that name something which another key holds, a sentence each."""
    codes = {"home_authority": config.home_authority}
    codes |= {f"replicas.{name}.authority": r.authority for name, r in config.replicas.items() if r.authority}
    sentences = [f"{key}: {fault}" for key, code in codes.items() if (fault := authority_fault(code, config))]
    sources = [(f"replicas.{name}", name) for name in config.replicas]
    sources += [("sftp.sources", name) for name in (config.sftp.sources if config.sftp else None) or ()]
    return sentences + [
        f"{key}: {name} is no source in use: {offer(name, config.sources)}"
        for key, name in sources
        if name not in config.sources
    ]


def child_environment(**variables: str) -> dict[str, str]:
    """Return this process's environment with further variables, for a process that it starts."""
    return {**os.environ, **variables}


def load_settings(*, exports: Path | None = None, home: Path | None = None) -> Settings:
    """Read the environment once; arguments win over it.

    Raises UsageError when the configuration cannot be read.
    """
    environment = os.environ
    home = (home or Path(environment.get("CSC_WAREHOUSE_HOME") or DEFAULT_HOME)).absolute()
    url = environment.get("CSC_WAREHOUSE_URL") or None
    config_path = environment.get("CSC_WAREHOUSE_CONFIG")
    key_path = environment.get("CSC_WAREHOUSE_KEY_FILE")
    exports = exports or Path(environment.get("CSC_WAREHOUSE_EXPORTS") or home / "exports")
    config = load_config(Path(config_path) if config_path else None)
    return Settings(
        home=home,
        database_url=url,
        exports=exports.absolute(),
        key_file=Path(key_path).absolute() if key_path else home / "secrets" / "pseudonym.key",
        is_key_made_on_first_use=key_path is None and url is None,
        config=config,
        overlay=_overlay_folder(config, Path(config_path)) if config_path else None,
    )


def _overlay_folder(config: Config, config_path: Path) -> Path | None:
    """Return the folder that is laid over the defaults; raise UsageError where one is configured and is not there."""
    beside = config_path.absolute().parent
    if config.overlay is None:
        return beside / OVERLAY if (beside / OVERLAY).exists() else None
    folder = beside / config.overlay
    if not folder.is_dir():
        raise UsageError(
            f"The configuration file {config_path} cannot be used: overlay names {folder}, which is no folder. Correct"
            " the path, or take the key out."
        )
    return folder
