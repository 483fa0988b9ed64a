-- One row: what an alumni office may change while the product runs.
create table settings (
  only_row boolean primary key default true check (only_row),
  organisation_name text not null default 'Alumni Association' check (length(organisation_name) between 1 and 100),
  support_email citext not null default 'alumni-office@example.org',
  support_phone text,
  accent_color text not null default '#1f5f5b' check (accent_color ~ '^#[0-9a-f]{6}$'),
  mail_footer text not null default '' check (length(mail_footer) <= 1000),
  invitation_days integer not null default 7 check (invitation_days between 1 and 90),
  -- COPPA's own limit is 13: a child below it can't be admitted by any setting.
  blocked_below_age integer not null default 14 check (blocked_below_age between 13 and 21),
  full_access_from_age integer not null default 18 check (full_access_from_age <= 25),
  policy_version integer not null default 1,
  updated_at timestamptz not null default now(),
  check (full_access_from_age >= blocked_below_age)
);
insert into settings default values;
