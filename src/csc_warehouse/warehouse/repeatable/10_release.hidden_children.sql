-- restricted in the release that readers see, or in any stored since: a rollback must not uncover a child
create or replace view release.hidden_children as
select distinct c.child_key
from release.restricted_children as c
left join release.pointer as p on p.authority_code = c.authority_code
where c.to_release_id is null or c.to_release_id > p.release_id;
comment on view release.hidden_children is 'One row per child whom only reviewers may meet in lists and fact rows.';
comment on column release.hidden_children.child_key is 'Pseudonym of the child.';
