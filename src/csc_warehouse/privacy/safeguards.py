"""What must hold before anything is published: the roles are there, and row-level security binds whoever reads."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, text

from csc_warehouse.privacy.grants import OWNER, PIPELINE, PUBLISHER, READING, ROLES, VERDICTS_AND_GRADES

REMEDY = "or accept it with safeguards.without_roles = true in the configuration, which status then names"

_MEMBERSHIPS = text(
    """
    select pair.member_name, pair.role_name
    from (
        select current_user::text as member_name, r.role_name from unnest(cast(:acting as text[])) as r (role_name)
        union all
        select cast(:publisher as text), cast(:owner as text)
    ) as pair
    inner join pg_roles as member on member.rolname = pair.member_name
    inner join pg_roles as granted on granted.rolname = pair.role_name
    where not pg_has_role(member.oid, granted.oid, 'usage') or not pg_has_role(member.oid, granted.oid, 'member')
    order by 2, 1
    """
)
_ABOVE_POLICIES = text(
    "select rolname from pg_roles where rolname = any(:roles) and (rolsuper or rolbypassrls) order by rolname"
)
_OPEN_RELATIONS = text(
    """
    select r.schema_name || '.' || r.relation_name as relation
    from release.relations as r
    inner join pg_class as s on s.oid = to_regclass('release.' || quote_ident(r.schema_name || '__' || r.relation_name))
    left join pg_class as v
        on v.oid = to_regclass(quote_ident(r.schema_name) || '.' || quote_ident(r.relation_name))
        and v.relkind = 'v' and v.relowner = cast(to_regrole(cast(:owner as text)) as oid)
    where
        v.relname is null
        or s.relowner = cast(to_regrole(cast(:owner as text)) as oid)
        or (
            exists (
                select from pg_attribute as a
                where a.attrelid = s.oid and a.attnum > 0 and not a.attisdropped
                    and (a.attname in ('authority_code', 'profile') or a.attname ~ '(^|_)child_key$')
            )
            and not (
                s.relrowsecurity and exists (select from pg_policy as p where p.polrelid = s.oid and p.polcmd = 'r')
            )
        )
    order by 1
    """
)
_OPEN_VERDICTS = text(
    "select n.nspname || '.' || c.relname from pg_class as c inner join pg_namespace as n on n.oid = c.relnamespace"
    " where n.nspname = 'quality' and c.relname = any(:relations) and not c.relrowsecurity order by 1"
)


def lacking_roles(connection: Connection) -> list[str]:
    """Return what an administrator is to do, as statements, before this login can act as the roles; none: nothing."""
    existing: set[str] = set(
        connection.execute(text("select rolname from pg_roles where rolname = any(:roles)"), {"roles": list(ROLES)})
        .scalars()
        .all()
    )
    statements = [f"create role {role} nologin" for role in ROLES if role not in existing]
    rows = connection.execute(
        _MEMBERSHIPS, {"acting": [OWNER, *PIPELINE], "publisher": PUBLISHER, "owner": OWNER}
    ).all()
    login: str = connection.execute(text("select current_user")).scalar_one()
    statements += [f"grant {role} to {login}" for role in (OWNER, *PIPELINE) if role not in existing]
    if {OWNER, PUBLISHER} - existing:
        statements.append(f"grant {OWNER} to {PUBLISHER}")
    return statements + [f"grant {row.role_name} to {row.member_name}" for row in rows]


def refusal(statements: Sequence[str]) -> str:
    """Return the one sentence of a refusal for want of roles."""
    return (
        "This server lacks roles that keep the night's steps and its readers apart, and nothing is published without"
        f' them: ask its administrator for "{"; ".join(statements)}", {REMEDY}.'
    )


def without_row_security(connection: Connection) -> list[str]:
    """Return what of the published rows row-level security does not guard, a clause each; none: all is guarded."""
    above: Sequence[str] = connection.execute(_ABOVE_POLICIES, {"roles": [OWNER, *READING]}).scalars().all()
    found = [f"the role {role} is above row-level security" for role in above]
    open_relations: Sequence[str] = [
        row.relation for row in connection.execute(_OPEN_RELATIONS, {"owner": OWNER}).all()
    ]
    open_relations = [
        *open_relations,
        *connection.execute(_OPEN_VERDICTS, {"relations": list(VERDICTS_AND_GRADES)}).scalars().all(),
    ]
    if open_relations:
        more = f" and {len(open_relations) - 1} more" if len(open_relations) > 1 else ""
        found.append(f"{open_relations[0]}{more} can be read past it")
    return found


def unguarded(clauses: Sequence[str]) -> str:
    """Return the one sentence of a refusal for want of row-level security."""
    return (
        f"Nothing was published, as row-level security does not hold: {' and '.join(clauses)}. Ask the server's"
        f" administrator to put that right (docs/runbooks/on-a-server.md), {REMEDY}."
    )
