"""Bring the datasets, charts and dashboards of bi/superset into Superset, when they or the warehouse's address changed.

Runs with Superset's own interpreter, in the environment of a Superset process.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from pathlib import Path

import yaml

ASSETS = Path("/srv/csc/app/bi/superset/assets")
CONNECTION = "databases/warehouse.yaml"
HOME = Path(os.environ["CSC_SUPERSET_HOME"])


def contents(assets: Path, warehouse: dict[str, object]) -> dict[str, str]:
    """Return the assets by their path, the warehouse's connection leading to the given address."""
    found = {path.relative_to(assets).as_posix(): path.read_text("utf-8") for path in sorted(assets.rglob("*.yaml"))}
    address = "postgresql+psycopg2://superset@{host}:{port}/{database}".format(**warehouse)
    found[CONNECTION] = yaml.safe_dump({**yaml.safe_load(found[CONNECTION]), "sqlalchemy_uri": address})
    return found


def main() -> int:
    """Do it; return the exit code."""
    told = contents(ASSETS, json.loads((HOME / "warehouse.json").read_text(encoding="utf-8")))
    mark = hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()
    done = HOME / "dashboards.done"
    if done.exists() and done.read_text(encoding="ascii") == mark:
        return 0
    from superset.app import create_app

    sys.path.insert(0, str(ASSETS.parent))
    import accounts

    with create_app().app_context():
        from superset import security_manager
        from superset.commands.importers.v1.assets import ImportAssetsCommand
        from superset.utils.core import override_user

        with override_user(security_manager.find_user(username="admin")):
            ImportAssetsCommand(told).run()
        accounts.grant(str(yaml.safe_load(told[CONNECTION])["database_name"]))
    done.write_text(mark, encoding="ascii")
    return 0


if __name__ == "__main__":
    sys.exit(main())
