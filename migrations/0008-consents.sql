-- Guardians, their decisions about minors, and which accounts have access because of them.

-- The text that a guardian reads before consenting. Each consent refers to the version it was given for, so a version never
-- changes, except that its author can be erased.
create table disclosures (
  version integer primary key check (version >= 1),
  body text not null check (length(body) between 1 and 20000),
  published_at timestamptz not null default now(),
  published_by bigint references accounts on delete set null
);
create trigger disclosures_append_only before delete or update of version, body, published_at on disclosures
  for each row execute function reject_change();
insert into disclosures (version, body) values (1,
'{organisation} would like a young person for whom you are responsible to join. Before you decide, please read what this means.

What we keep: their name, batch, center and year of birth from our alumni directory, the name and e-mail address of their account, and the dates on which it was used.

Why we keep it: so that they can take part in our alumni community, under your supervision, until they are 18.

Who can see it: the staff of the alumni office, and the members of groups that the young person joins. We don’t pass anything on to others, and we don’t show advertising.

Your rights: you can see what we keep, have it corrected or deleted, and withdraw your permission at any time, without giving a reason. Access then ends straight away. Your permission is valid for 12 months. We’ll ask you again before it ends.

Questions: write to {support}.');

-- The person responsible for a minor's profile: the parent whose account claims the child, or the guardian a minor named.
create table guardians (
  -- Also the id of the guardian's secret link, which is derived for each mail. No hash is stored: the link has no end of
  -- its own, and a hash would tie it to one key.
  id uuid primary key,
  profile_id bigint not null references profiles on delete cascade,
  name text not null check (length(name) between 1 and 200),
  email citext not null check (length(email) between 3 and 254),
  -- The parent's own account; null for a guardian who only has the link.
  account_id bigint references accounts on delete cascade,
  -- Added by the first guardian or by staff. Both decide, and the most restrictive decision counts.
  is_second boolean not null default false,
  requested_at timestamptz not null default now(),
  -- The IP address of the minor who named this guardian; null if staff or the first guardian did.
  requested_from_ip inet,
  reminders integer not null default 0 check (reminders between 0 and 2),
  renewal_requested_at timestamptz,
  -- When we asked this guardian, a day after consenting, to confirm that it was them.
  confirmation_requested_at timestamptz,
  -- Nothing is sent to the address until staff have reviewed it.
  held_for_review_at timestamptz,
  held_for_review_reason text check (held_for_review_reason in ('minors-address', 'previously-refused')),
  -- Staff rejected the address.
  rejected_at timestamptz,
  -- The guardian asked us to erase the minor's data.
  erasure_requested_at timestamptz,
  -- Another guardian was named, or staff rejected the address.
  superseded_at timestamptz,
  check ((held_for_review_at is null) = (held_for_review_reason is null)),
  check (rejected_at is null or superseded_at is not null)
);
create unique index guardians_one_current on guardians (profile_id, is_second) where superseded_at is null;
create index guardians_email on guardians (email);
create index guardians_held_for_review on guardians (held_for_review_at)
  where held_for_review_at is not null and superseded_at is null;
create index guardians_erasure_requested on guardians (erasure_requested_at) where erasure_requested_at is not null;
create index guardians_account on guardians (account_id) where account_id is not null;

-- Every decision of a guardian. Kept after the profile and account are deleted, so there are no foreign keys to them.
create table consents (
  id bigint generated always as identity primary key,
  profile_id bigint not null,
  account_id bigint not null,
  alumni_member_id bigint not null,
  guardian_id uuid not null,
  decision text not null check (decision in ('granted', 'renewed', 'refused', 'withdrawn')),
  guardian_name text not null check (length(guardian_name) between 1 and 200),
  guardian_email citext not null,
  -- "I am the parent or legal guardian": required to consent, not to refuse or withdraw.
  authority_stated boolean not null,
  disclosure_version integer not null references disclosures,
  policy_version integer not null,
  at timestamptz not null default now(),
  expires_at timestamptz,
  ip inet,
  check ((decision in ('granted', 'renewed')) = (expires_at is not null)),
  check (decision not in ('granted', 'renewed') or authority_stated)
);
create index consents_profile on consents (profile_id, id desc);
create index consents_of_guardian on consents (guardian_id, id desc);
create index consents_expiring on consents (expires_at) where expires_at is not null;
create index consents_guardian on consents (guardian_email);
create trigger consents_append_only before update or delete on consents
  for each row execute function reject_change();
create trigger consents_no_truncate before truncate on consents
  for each statement execute function reject_change();

-- The decision that applies to a profile, among the latest ones of its current guardians: a withdrawal before a refusal, a
-- refusal before a consent, and the consent that expires last. No row if nobody has decided.
create function effective_decision(profile bigint) returns table (decision text, at timestamptz, expires_at timestamptz)
language sql stable as $$
  select c.decision, c.at, c.expires_at
  from guardians g
  cross join lateral (select id, decision, at, expires_at from consents where guardian_id = g.id order by id desc limit 1) c
  where g.profile_id = profile and g.superseded_at is null
  order by case c.decision when 'withdrawn' then 1 when 'refused' then 2 else 3 end, c.expires_at desc nulls last, c.id desc
  limit 1
$$;

-- Whether an account has access now: not if it is suspended, held for review, of unknown age, too young, or a minor's without
-- consent in force. Same rule as `accountAccessOf` in src/consents/profile-access.ts; a test compares the two.
create function account_has_access(account bigint) returns boolean language sql stable as $$
  select a.suspended_at is null and a.held_for_review_at is null and coalesce(
    case
      when age.youngest < s.blocked_below_age then false
      when age.youngest >= s.full_access_from_age then true
      when age.youngest is not null then c.decision in ('granted', 'renewed') and c.expires_at > now()
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
  left join lateral effective_decision(p.id) c on true
  where a.id = account
$$;

-- Whether an account has access and is certainly an adult's: the youngest age that any year on file allows is at least 18,
-- and full access doesn't need consent. Only such members are shown to classmates, and only they see them.
create function is_adult_member(account bigint) returns boolean language sql stable as $$
  select account_has_access(a.id) and coalesce(
    extract(year from today.day)::int - greatest(m.year_of_birth, p.stated_year_of_birth, a.year_of_birth)
      - case when to_char(today.day, 'MM-DD') = '12-31' then 0 else 1 end >= greatest(18, s.full_access_from_age), false)
  from accounts a
  cross join settings s
  cross join lateral (select now() at time zone 'utc' as day) today
  left join profiles p on p.account_id = a.id and p.relationship = 'self'
  left join alumni_members m on m.id = p.alumni_member_id
  where a.id = account
$$;

-- The language to use for a person of whom only the address is known: that of the account, else of the alumni record, else of
-- the newest invitation. For a guardian without any of these, that of the young person's account; for the old or new
-- address of a changed one, that of the account. Null if unknown.
create function language_of(address citext) returns text language sql stable parallel safe as $$
  select coalesce(
    (select language from accounts where email = address),
    (select language from alumni_members where email = address and language is not null and merged_into is null
     order by id limit 1),
    (select language from invitations where email = address and language is not null order by id desc limit 1),
    (select a.language from guardians g join profiles p on p.id = g.profile_id join accounts a on a.id = p.account_id
     where g.email = address and a.language is not null order by g.requested_at desc limit 1),
    (select a.language from address_changes c join accounts a on a.id = c.account_id
     where address in (c.new_email, c.old_email) and a.language is not null order by c.requested_at desc limit 1))
$$;
