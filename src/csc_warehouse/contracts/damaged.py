"""What Python's library raises on a damaged zip, a workbook being one: it checks little of what it reads."""

from __future__ import annotations

import lzma
import struct
import zipfile
import zlib

DAMAGED_ZIP = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    ArithmeticError,
    AttributeError,
    EOFError,
    LookupError,
    NotImplementedError,  # a compression that the library does not know
    OSError,
    RuntimeError,
    TypeError,
    ValueError,
)
