"""Who the SFTP server is, and who we are: host keys that must be known, and the account's private key."""

from __future__ import annotations

import base64
import binascii
import hashlib
from typing import TYPE_CHECKING

from csc_warehouse.errors import CscWarehouseError, UsageError
from csc_warehouse.settings import SftpConfig

if TYPE_CHECKING:
    import paramiko


def known_host_keys(client: paramiko.SSHClient, config: SftpConfig) -> None:
    """Give a client the host keys that are known, and let it refuse every other.

    Raises UsageError where they cannot be read.
    """
    import paramiko

    if config.known_hosts is not None:
        try:
            client.load_host_keys(str(config.known_hosts))
        except (OSError, paramiko.SSHException) as error:
            raise UsageError(
                f"The file {config.known_hosts} of known SFTP servers cannot be read: correct `known_hosts` of the SFTP"
                " settings."
            ) from error
    if config.host_key is not None:
        try:
            kind, text = config.host_key.split()[:2]
            key = paramiko.PKey.from_type_string(kind, base64.b64decode(text, validate=True))
        except (ValueError, binascii.Error, paramiko.SSHException) as error:
            raise UsageError(
                "`host_key` of the SFTP settings is no public key: give it as the server's own file has it, "
                "for example `ssh-ed25519 AAAA...`."
            ) from error
        client.get_host_keys().add(_entry_name(config), key.get_name(), key)
    client.set_missing_host_key_policy(_Refuser(config))


def _entry_name(config: SftpConfig) -> str:
    return config.host if config.port == 22 else f"[{config.host}]:{config.port}"


class _Refuser:
    """Refuses a server whose key nobody has vouched for, and says how to."""

    def __init__(self, config: SftpConfig) -> None:
        self._config = config

    def missing_host_key(self, client: paramiko.SSHClient, hostname: str, key: paramiko.PKey) -> None:
        del client, hostname
        host, port = self._config.host, self._config.port
        digest = base64.b64encode(hashlib.sha256(key.asbytes()).digest()).decode().rstrip("=")
        raise CscWarehouseError(
            f"The SFTP server {host}:{port} is not known, and nothing was fetched: it shows the key SHA256:{digest}. "
            "Compare that with what the supplier says by telephone, then add the server's line to `known_hosts` of the "
            f"SFTP settings (`ssh-keyscan -p {port} {host}` prints it)."
        )


def private_key(config: SftpConfig) -> paramiko.PKey | None:
    """Return the account's private key, or None where it uses a password alone.

    Raises UsageError where the file cannot be read as a key.
    """
    import paramiko

    if config.key_file is None:
        return None
    try:
        return paramiko.PKey.from_path(config.key_file)
    except (OSError, ValueError, TypeError, paramiko.SSHException) as error:
        raise UsageError(
            f"The private key {config.key_file} cannot be read: correct `key_file` of the SFTP settings; it must be a "
            "key of OpenSSH without a passphrase."
        ) from error
