# One image for Airflow's four processes and every csc-warehouse command; builds with the classic builder too.
ARG PYTHON_IMAGE=python:3.11-slim-bookworm

FROM ${PYTHON_IMAGE} AS packages
ARG UV_VERSION=0.13.9
WORKDIR /srv/csc/app
RUN python3 -m pip install --no-cache-dir --target /opt/uv "uv==${UV_VERSION}"
COPY requirements.lock ./
RUN /opt/uv/bin/uv venv --no-cache --python python3 .venv \
    && /opt/uv/bin/uv pip sync --no-cache --require-hashes --python .venv/bin/python requirements.lock
COPY pyproject.toml README.md LICENSE ./
COPY src src
COPY expectations expectations
RUN /opt/uv/bin/uv pip install --no-cache --no-deps --python .venv/bin/python --editable .
COPY dbt_project dbt_project
COPY scripts/prepare.py scripts/
RUN .venv/bin/python scripts/prepare.py

FROM ${PYTHON_IMAGE}
# what sets reports as PDF
RUN apt-get update -qq \
    && apt-get install -y -qq --no-install-recommends libpango-1.0-0 libpangoft2-1.0-0 \
    && rm -rf /var/lib/apt/lists/*
RUN useradd --uid 50000 --home-dir /srv/csc --no-create-home --shell /usr/sbin/nologin csc \
    && mkdir -p /srv/csc/home /srv/csc/airflow/logs /srv/csc/exports \
    && chown -R csc:csc /srv/csc/home /srv/csc/airflow
WORKDIR /srv/csc/app
COPY --from=packages /srv/csc/app/.venv .venv
COPY pyproject.toml README.md LICENSE ./
COPY src src
COPY dags dags
COPY dbt_project dbt_project
COPY expectations expectations
COPY scripts/airflow_accounts.py scripts/
COPY docker/entrypoint.sh docker/health.py docker/
ENV PATH=/srv/csc/app/.venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    HOME=/srv/csc/airflow \
    AIRFLOW_HOME=/srv/csc/airflow \
    CSC_WAREHOUSE_HOME=/srv/csc/home \
    CSC_WAREHOUSE_EXPORTS=/srv/csc/exports
USER csc
ENTRYPOINT ["sh", "/srv/csc/app/docker/entrypoint.sh"]
CMD ["csc-warehouse", "--help"]
