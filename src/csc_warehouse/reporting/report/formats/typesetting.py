"""A process of its own that sets a page as PDF: WeasyPrint takes fonts, language and time from the environment alone.

It reads the page from its input and writes the file to its output; it asks for nothing outside the page.
"""

from __future__ import annotations

import logging
import sys

LACKING = 3
"""Exit code where a library of the system is not there; its name stands on the error output."""


def main() -> int:
    """Set the page that stands on the input; return the exit code."""
    try:
        import weasyprint
        from weasyprint.pdf import fonts
        from weasyprint.urls import URLFetcher
    except OSError as error:
        sys.stderr.write(str(error).partition("\n")[0])
        return LACKING
    logging.getLogger("weasyprint").setLevel(logging.ERROR)
    # else fonts are cut down by whichever library the system has, and the bytes differ by its version
    fonts.harfbuzz_subset = None
    only_within = URLFetcher(allowed_protocols=("data",))
    page = weasyprint.HTML(string=sys.stdin.buffer.read().decode(), url_fetcher=only_within)
    sys.stdout.buffer.write(page.write_pdf(pdf_variant="pdf/ua-1", uncompressed_pdf=True))
    return 0


if __name__ == "__main__":
    sys.exit(main())
