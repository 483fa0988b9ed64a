-- How a membership began and ended: by whom, and by which way.
alter table memberships
  -- The invitation that the place came by, where it was one; a one-time link is known by its link_id.
  add column invitation_id bigint references invitations on delete set null,
  add column revoked_by bigint references accounts on delete set null,
  add column removed_by bigint references accounts on delete set null,
  -- left: own wish; removed: by an owner, admin or the staff; undone: with all that came by a leaked link.
  add column removal text check (removal in ('left', 'removed', 'undone')),
  add check ((removed_at is null) = (removal is null)),
  add check (joined_at is null or revoked_at is null),
  add check (revoked_at is null or token_hash is null);
create index memberships_makers on memberships (invited_by) where token_hash is not null;
create index memberships_dead_links on memberships (coalesce(revoked_at, expires_at)) where joined_at is null;

-- Whether an account may take part now: `accountStanding` of the consent room says the same, and a test holds the two
-- together. Whoever is suspended, too young, or a minor without consent in force may not.
create function takes_part(account bigint) returns boolean language sql stable as $$
  select a.suspended_at is null and coalesce((
    select case
      when age.youngest < s.blocked_below_age then false
      when age.youngest >= s.full_access_from_age then true
      else coalesce(c.act in ('granted', 'renewed') and c.expires_at > now(), false)
    end
    from profiles p
    join alumni_members m on m.id = p.alumni_member_id
    cross join settings s
    cross join lateral (select now() at time zone 'utc' as day) today
    cross join lateral (
      select extract(year from today.day)::int - coalesce(m.year_of_birth, p.stated_year_of_birth)
        - case when to_char(today.day, 'MM-DD') = '12-31' then 0 else 1 end as youngest
    ) age
    left join lateral (select act, expires_at from consents where profile_id = p.id order by id desc limit 1) c on true
    where p.account_id = a.id and p.relationship = 'self'
  ), true)
  from accounts a where a.id = account
$$;
