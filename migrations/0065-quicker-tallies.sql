-- As in 0035, but new invitations, most of which come by the thousand, are counted group by group instead of one by one.
create or replace function tally_invitations() returns trigger language plpgsql as $$
begin
  if tg_op = 'UPDATE' then
    insert into invitation_tally_changes
      (day, batch, center, minute, sent, delivered, opened, accepted, bounced, open, registered)
    select c.day, c.batch_of, c.center_of, c.minute, sum(c.sent), sum(c.delivered), sum(c.opened), sum(c.accepted),
      sum(c.bounced), sum(c.open), sum(c.registered)
    from (
      select 1 as sign, batch, center, created_at, expires_at, accepted_at, stage, delivered_at, handed_on, opened_at,
        bounced_at from changed
      union all
      select -1, batch, center, created_at, expires_at, accepted_at, stage, delivered_at, handed_on, opened_at,
        bounced_at from former
    ) i cross join lateral invitation_counts(i.sign, i.batch, i.center, i.created_at, i.expires_at, i.accepted_at,
      i.stage, i.delivered_at, i.handed_on, i.opened_at, i.bounced_at) c
    group by 1, 2, 3, 4
    having (sum(c.sent), sum(c.delivered), sum(c.opened), sum(c.accepted), sum(c.bounced), sum(c.open),
      sum(c.registered)) <> (0, 0, 0, 0, 0, 0, 0);
  else
    insert into invitation_tally_changes
      (day, batch, center, minute, sent, delivered, opened, accepted, bounced, open, registered)
    select c.day, c.batch_of, c.center_of, c.minute, sum(c.sent * i.times), sum(c.delivered * i.times),
      sum(c.opened * i.times), sum(c.accepted * i.times), sum(c.bounced * i.times), sum(c.open * i.times),
      sum(c.registered * i.times)
    from (
      select batch, center, created_at, expires_at, accepted_at, stage, delivered_at, handed_on, opened_at, bounced_at,
        count(*) as times
      from changed group by 1, 2, 3, 4, 5, 6, 7, 8, 9, 10
    ) i cross join lateral invitation_counts(case tg_op when 'INSERT' then 1 else -1 end, i.batch, i.center,
      i.created_at, i.expires_at, i.accepted_at, i.stage, i.delivered_at, i.handed_on, i.opened_at, i.bounced_at) c
    group by 1, 2, 3, 4;
  end if;
  return null;
end $$;
