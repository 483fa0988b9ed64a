-- Files that staff upload: alumni records, or people to invite.

-- One file: how far it has come, how it is read, and its figures.
create table imports (
  id bigint generated always as identity primary key,
  -- alumni: records of the directory. invitees: people to invite, who become the recipients of a draft campaign.
  kind text not null check (kind in ('alumni', 'invitees')),
  file_name text not null check (length(file_name) between 1 and 200),
  uploaded_by bigint references accounts on delete set null,
  -- Where the latest request came from. The worker records it with the events of what it does later.
  ip inet,
  request_id text,
  created_at timestamptz not null default now(),
  -- While the file arrives, when its latest rows were stored; null once it has arrived or its connection broke.
  last_received_at timestamptz default now(),
  -- Set once all rows are stored. An upload without it was interrupted: it can only be discarded.
  uploaded_at timestamptz,
  -- Staff said which column is which. Saying so again checks all rows again.
  mapped_at timestamptz,
  checked_at timestamptz,
  confirmed_at timestamptz,
  confirmed_by bigint references accounts on delete set null,
  finished_at timestamptz,
  undone_at timestamptz,
  undone_by bigint references accounts on delete set null,
  undo_reason text check (length(undo_reason) <= 500),
  undo_finished_at timestamptz,
  -- The rows were deleted because they are no longer needed; the figures stay.
  rows_purged_at timestamptz,
  has_heading boolean not null default true,
  -- How the file was read: encoding, delimiter.
  format jsonb not null default '{}',
  -- The position of each column in the file, from 0.
  columns jsonb not null default '{}',
  row_count integer not null default 0,
  -- The worker goes through the file by line: everything up to this one is finished.
  last_line integer not null default 0,
  checked_count integer not null default 0,
  -- How many rows the button promised to import, how many of them are finished, and how many were undone.
  confirmed_count integer,
  imported_count integer not null default 0,
  skipped_count integer not null default 0,
  undone_count integer not null default 0,
  kept_count integer not null default 0,
  -- How many rows have each status, and what became of them.
  status_counts jsonb not null default '{}',
  outcome_counts jsonb not null default '{}',
  check (mapped_at is null or uploaded_at is not null),
  check (checked_at is null or mapped_at is not null),
  check (confirmed_at is null or checked_at is not null),
  check ((confirmed_at is null) = (confirmed_count is null)),
  check (finished_at is null or confirmed_at is not null),
  check (undone_at is null or finished_at is not null),
  check (undo_finished_at is null or undone_at is not null)
);
create index imports_uploaded_by on imports (uploaded_by) where uploaded_by is not null;
create index imports_confirmed_by on imports (confirmed_by) where confirmed_by is not null;
create index imports_undone_by on imports (undone_by) where undone_by is not null;

create table import_rows (
  import_id bigint not null references imports on delete cascade,
  -- The line of the file on which the row begins, from 1.
  line integer not null,
  cells json not null,
  -- What was read in the cells. The key finds rows that occur twice in the file.
  key text,
  values jsonb,
  status text,
  explanation text,
  -- What happened to the row: done, or why not; later undone, or why not. Null if it was not to be imported.
  outcome text,
  -- The alumni record that it made or changed, and what that said when the row was checked: null if it is new.
  record_id bigint,
  previous_values jsonb,
  primary key (import_id, line)
);
create index import_rows_status on import_rows (import_id, status, line);
create index import_rows_key on import_rows (import_id, key, line) where key is not null;
