# One image for Airflow's processes, Celery's workers and every csc-warehouse command; the classic builder builds it too.
ARG PYTHON_IMAGE=python:3.11-slim-bookworm

FROM ${PYTHON_IMAGE} AS packages
ARG UV_VERSION=0.13.9
# requirements-kubernetes.lock: the same packages and what the KubernetesExecutor needs beside them
ARG LOCK=requirements.lock
WORKDIR /srv/csc/app
RUN python3 -m pip install --no-cache-dir --target /opt/uv "uv==${UV_VERSION}"
COPY ${LOCK} ./
# compiled here: the containers write no bytecode, and each start would compile Great Expectations anew
RUN /opt/uv/bin/uv venv --no-cache --python python3 .venv \
    && /opt/uv/bin/uv pip sync --no-cache --compile-bytecode --require-hashes --python .venv/bin/python ${LOCK}
COPY pyproject.toml README.md LICENSE ./
COPY src src
COPY expectations expectations
COPY dags dags
COPY dbt_project dbt_project
RUN /opt/uv/bin/uv pip install --no-cache --no-deps --python .venv/bin/python --editable . \
    && .venv/bin/python -m compileall -q src expectations dags
COPY scripts/prepare.py scripts/
RUN .venv/bin/python scripts/prepare.py && rm -rf dbt_project/target dbt_project/logs

FROM ${PYTHON_IMAGE}
# what dumps and restores the database: Debian's, of the version of the compose file's server. Any other package
# (postgresql-client-16) comes from PostgreSQL's own, whose address and key Debian's postgresql-common knows; not tried.
ARG POSTGRES_CLIENT=postgresql-client
# beside it what sets reports as PDF. What installs and builds stays behind in the stage before.
RUN apt-get update -qq \
    && if [ "${POSTGRES_CLIENT}" != postgresql-client ]; then \
        apt-get install -y -qq --no-install-recommends ca-certificates postgresql-common \
        && sh /usr/share/postgresql-common/pgdg/apt.postgresql.org.sh -y; fi \
    && apt-get install -y -qq --no-install-recommends libpango-1.0-0 libpangoft2-1.0-0 "${POSTGRES_CLIENT}" \
    && rm -rf /var/lib/apt/lists/* \
    && find / -xdev -path '*-packages/*' -prune \( -name 'pip' -o -name 'pip-*' -o -name 'setuptools*' -o -name 'wheel*' \) \
        -exec rm -rf {} + \
    && rm -f /usr/bin/pip* /usr/local/bin/pip* /usr/local/bin/wheel
# the folders of volumes are made here: a new volume takes over whose they are
RUN useradd --uid 50000 --home-dir /srv/csc/airflow --no-create-home --shell /usr/sbin/nologin csc \
    && install --directory --owner csc --group csc --mode 0700 /srv/csc/home /srv/csc/airflow /srv/csc/airflow/logs \
    && for source in cofnod corporate raise wccis; do \
        install --directory --owner csc --group csc --mode 0700 /srv/csc/exports/$source; done \
    && install --directory --owner csc --group csc --mode 0700 /srv/csc/superset_login
WORKDIR /srv/csc/app
COPY --from=packages /srv/csc/app/.venv .venv
COPY --from=packages /srv/csc/app/src src
COPY --from=packages /srv/csc/app/expectations expectations
COPY --from=packages /srv/csc/app/dags dags
COPY dbt_project dbt_project
COPY pyproject.toml README.md LICENSE ./
COPY scripts/airflow_accounts.py scripts/
COPY docker/entrypoint.sh docker/health.py docker/superset_login.py docker/
ENV PATH=/srv/csc/app/.venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUTF8=1 \
    HOME=/srv/csc/airflow \
    AIRFLOW_HOME=/srv/csc/airflow \
    CSC_WAREHOUSE_HOME=/srv/csc/home \
    CSC_WAREHOUSE_EXPORTS=/srv/csc/exports
USER 50000:50000
ENTRYPOINT ["sh", "/srv/csc/app/docker/entrypoint.sh"]
CMD ["csc-warehouse", "--help"]
