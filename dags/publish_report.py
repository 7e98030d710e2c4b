"""Ask a performance lead to sign a release, freeze its figures, and write the committee report from them.

**Reads** the release that readers see (or the one that is named), its checks and grades. **Writes** the decision into
`quality.decisions` and its journal; when it is approved, `quality.signed_figures` and the report below
`reports/committee`, of a quarter the safeguarding board's paper too. Nothing that readers see changes. A held release
is never asked about.

**Trigger** it by hand, once per half year (for the board: quarter) and authority. It waits at `ask` up to two weeks,
without holding a worker; whoever has the role csc_reviewer finds the summary, the grades and the revisions under
*Required actions*, and answers with a note. Approve freezes; reject freezes nothing, and the log of `decide` says what
happens next.

**When it fails**

- `summarise` is red: the release was held, is signed already or is not published. The sentence stands in its log.
- `ask` is red: nobody answered in two weeks. **Clear** it to ask again, or trigger anew for a later release.
- `decide` is red: the answer could not be taken: figures that were signed before differ and no reason for the revision
  was given, or somebody answered who may not sign. **Clear** `ask` with what follows it: the question is put again.
- `write_report` is red: the figures are signed; only the pages are missing. Mend the cause, then **clear** it. Where a
  PDF could not be set, every other file is there, and the log says which library to install.
"""

from __future__ import annotations

import datetime
from typing import Any

from airflow.providers.standard.operators.hitl import HITLOperator
from airflow.sdk import Param, dag, get_current_context, task

from nightly_chain import DEFAULTS, FIRST_DAY

ANSWER_WITHIN = datetime.timedelta(days=14)


@dag(
    dag_id="publish_report",
    schedule=None,
    start_date=FIRST_DAY,
    catchup=False,
    # several authorities may wait for their leads at the same time
    max_active_runs=25,
    default_args=DEFAULTS,
    tags=["sign-off"],
    doc_md=__doc__,
    params={
        "release_id": Param(None, type=["null", "integer"], description="Empty: the release that readers see"),
        "authority_code": Param(None, type=["null", "string"], description="Empty: the home authority"),
        "period": Param(None, type=["null", "string"], description="2018/19 H1 or Q3; empty: the last half year ended"),
    },
)
def publish_report() -> None:
    """Summarise, wait for a person, do what the person decided, and write the report."""

    @task
    def summarise() -> dict[str, Any]:
        from csc_warehouse import stewardship

        given = get_current_context()["params"]
        return stewardship.what_to_sign(given["release_id"], given["authority_code"], given["period"])

    ask = HITLOperator(
        task_id="ask",
        subject="{{ ti.xcom_pull(task_ids='summarise')['subject'] }}",
        body="{{ ti.xcom_pull(task_ids='summarise')['body'] }}",
        options=["Approve", "Reject"],
        params={
            "name_and_role": Param(
                "",
                type="string",
                title="Your name and role",
                description="As they shall stand in the report, beside your account: A. Jones, Head of Service",
            ),
            "note": Param("", type="string", title="Note", description="What you looked at, or why you reject"),
            "revision_reason": Param(
                None,
                type=["null", "string"],
                title="Reason for revisions",
                description="Only where the question says that figures which were signed before differ",
            ),
        },
        # what waits is no work: the time that a person takes is limited by itself
        execution_timeout=None,
        response_timeout=ANSWER_WITHIN,
    )

    @task
    def decide(asked: Any, response: Any) -> dict[str, Any]:
        from csc_warehouse import stewardship

        return stewardship.answer(asked, response)

    @task
    def write_report(decided: Any) -> list[str]:
        from csc_warehouse import stewardship

        given = get_current_context()["params"]
        return stewardship.report_of_decision(decided, given["period"])

    asked = summarise()
    asked >> ask
    write_report(decide(asked, ask.output))


publish_report()
