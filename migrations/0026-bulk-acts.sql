-- One act on many invitations: sent again, extended or revoked in steps, each a transaction of its own.
create table bulk_acts (
  id bigint generated always as identity primary key,
  act text not null check (act in ('resend', 'extend', 'revoke')),
  -- What all of them match; null when rows were ticked.
  filter jsonb,
  reason text check (length(reason) <= 500),
  days integer check (days between 1 and 90),
  made_by bigint references accounts on delete set null,
  -- From where, for the audit of each step.
  ip inet,
  request_id text,
  created_at timestamptz not null default now(),
  -- Since when it is settled which ones are meant.
  started_at timestamptz,
  finished_at timestamptz,
  total integer,
  done integer not null default 0,
  skipped integer not null default 0,
  -- Steps go by id: those up to this one are dealt with.
  last_invitation_id bigint not null default 0,
  check ((act = 'extend') = (days is not null)),
  check ((started_at is null) = (total is null)),
  check (finished_at >= started_at)
);
create index bulk_acts_maker on bulk_acts (made_by) where made_by is not null;

-- Those that are meant, and in the end only those that were skipped. No foreign keys: a million rows are written at once.
create table bulk_act_targets (
  bulk_act_id bigint not null,
  invitation_id bigint not null,
  skipped text check (skipped in
    ('accepted', 'revoked', 'declined', 'bounced', 'unwanted', 'recent', 'longest', 'retired', 'gone')),
  primary key (bulk_act_id, invitation_id)
);
