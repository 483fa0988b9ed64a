-- Nobody has access without a known age: that of the record an account claims as `self`, else its own statement.
alter table accounts
  -- Stated by the person, where no record tells it.
  add column year_of_birth integer check (year_of_birth between 1900 and 2100),
  -- The account waits for a decision of the staff, and why.
  add column held_for_review_at timestamptz,
  add column held_for_review_reason text check (held_for_review_reason in
    ('minors-address', 'unlikely-year', 'changed-year', 'minor-without-record', 'too-young')),
  add column hold_lifted_at timestamptz,
  add check ((held_for_review_at is null) = (held_for_review_reason is null));
create index accounts_held_for_review on accounts (held_for_review_at, id) where held_for_review_at is not null;

-- Whose address it is, as the office knows: a guardian's is written to without a look of the staff.
alter table alumni_members add column email_of text check (email_of in ('person', 'guardian'));
-- The office keeps only guardians' addresses for minors.
alter table settings add column minors_addresses_are_guardians boolean not null default false;

-- Somebody said that they are too young: the invitation admits nobody until staff reopen it.
alter table invitations add column age_blocked_at timestamptz;

-- The first year of birth that was entered for an invitation, about the person or about a record: an HMAC, under a key
-- that the database doesn't hold. Gone once the invitation is accepted or blocked.
create table first_years (
  invitation_id bigint not null references invitations on delete cascade,
  -- `own`, or the id of a record.
  about text not null check (about ~ '^(own|[0-9]+)$'),
  mac bytea not null check (octet_length(mac) = 32),
  primary key (invitation_id, about)
);

-- Whether an account may take part now: `accountStanding` of the consent room says the same, and a test holds the two
-- together. Whoever is suspended, held for review, of unknown age, too young, or a minor without consent in force may not.
create or replace function takes_part(account bigint) returns boolean language sql stable as $$
  select a.suspended_at is null and a.held_for_review_at is null and coalesce(
    case
      when age.youngest < s.blocked_below_age then false
      when age.youngest >= s.full_access_from_age then true
      when age.youngest is not null then c.act in ('granted', 'renewed') and c.expires_at > now()
    end, false)
  from accounts a
  cross join settings s
  cross join lateral (select now() at time zone 'utc' as day) today
  left join profiles p on p.account_id = a.id and p.relationship = 'self'
  left join alumni_members m on m.id = p.alumni_member_id
  cross join lateral (
    select extract(year from today.day)::int - coalesce(m.year_of_birth, p.stated_year_of_birth, a.year_of_birth)
      - case when to_char(today.day, 'MM-DD') = '12-31' then 0 else 1 end as youngest
  ) age
  left join lateral decision_on(p.id) c on true
  where a.id = account
$$;
