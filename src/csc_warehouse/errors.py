"""The errors that an operator meets: one clear sentence each, with the next step."""

from __future__ import annotations


class CscWarehouseError(Exception):
    """Anything that went wrong and that one sentence can explain; a command prints it and exits 1."""

    exit_code = 1


class UsageError(CscWarehouseError):
    """Raised when a command or its configuration was given something it cannot take; exits 2."""

    exit_code = 2


class WarehouseUnavailableError(CscWarehouseError):
    """Raised when the database cannot be reached, or was lost; worth retrying."""


class SourceUnavailableError(WarehouseUnavailableError):
    """Raised when a server that deliveries come from cannot be reached, or was lost; worth retrying."""


class HeldError(CscWarehouseError):
    """Raised when the exit held at least one authority; exits 3."""

    exit_code = 3


class DeliveryRefusedError(CscWarehouseError):
    """Raised where a caller asked for an exception when a delivery was newly refused; exits 4; never worth retrying."""

    exit_code = 4
