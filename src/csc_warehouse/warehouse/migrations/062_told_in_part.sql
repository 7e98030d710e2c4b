-- A mail that the relay takes for some recipients and refuses for others: who of them is still to be told.

alter table quality.notifications add column refused_recipients text[] not null default '{}';
alter table quality.notifications drop constraint notifications_status_check;
alter table quality.notifications add constraint notifications_status_check check (status in ('sent', 'partly', 'failed'));
alter table quality.notifications drop constraint notifications_failed_with_an_error;
alter table quality.notifications add constraint notifications_failed_with_an_error
    check ((status = 'sent') = (error is null));
alter table quality.notifications add constraint notifications_partly_for_somebody
    check ((status = 'partly') = (refused_recipients <> '{}'));
comment on column quality.notifications.status is
    'sent, failed, or partly: the relay took it for some recipients and refused others.';
comment on column quality.notifications.refused_recipients is
    'Fingerprints (SHA-256) of the addresses that were refused while others were told; no address is kept here.';

create or replace view quality.untold_notifications as
select
    n.event,
    n.occasion,
    n.channel,
    (array_agg(n.sentence order by n.notification_id desc))[1] as sentence,
    (array_agg(n.error order by n.notification_id desc))[1] as error,
    count(*) as attempts,
    min(n.told_at) as first_tried_at,
    max(n.told_at) as last_tried_at,
    bool_or(n.status = 'partly') as is_told_in_part,
    -- of the arrays of several tries only the latest that reached somebody says who is left
    coalesce(
        (
            select latest.refused_recipients
            from quality.notifications as latest
            where
                latest.event = n.event and latest.occasion = n.occasion and latest.channel = n.channel
                and latest.status = 'partly'
            order by latest.notification_id desc
            limit 1
        ),
        '{}'
    ) as refused_recipients
from quality.notifications as n
group by n.event, n.occasion, n.channel
having not bool_or(n.status = 'sent');
comment on view quality.untold_notifications is
    'One row per message and channel that has not got through, or not to every recipient, however often it was tried.';
