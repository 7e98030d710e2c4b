"""Land what {title} delivered: {arrives}.

**Reads** the exports folder's `{source}` deliveries. **Writes** landing, the ledger, quarantine and the archive; emits
the asset `landed_{source}` every night, landed or not, so that `build_warehouse` runs once a night.

{quiet}

**When it fails**

- `report_verdict` alone is red: a delivery was refused. The sentence stands in its log and in `csc-warehouse status`.
  {refused} Nothing to clear: the next night takes it, or **trigger** this DAG and then `build_warehouse`.
- `find_waiting` or `land` is red: a fault (database, disk, share). Remove the cause and **clear** the red task with
  what follows it. Landing again is harmless, in any order.
- `emit_asset` is red: the database was lost after landing. **Clear** it; `build_warehouse` follows.

The figures never wait for it: `build_warehouse` builds from what has landed, and says how old that is.
"""

from __future__ import annotations

from nightly_chain import TOLD, ingest

# the scheduler only reads files in which it sees the words airflow and dag; a source with a contract has a DAG
for source, told in TOLD.items():
    ingest(source, str(__doc__).format(source=source, **told))
