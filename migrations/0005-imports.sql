-- Files that staff upload: alumni records, or people to invite.
create table imports (
  id bigint generated always as identity primary key,
  -- alumni: alumni records. invitees: people to invite, who become the recipients of a campaign.
  kind text not null check (kind in ('alumni', 'invitees')),
  file_name text not null check (length(file_name) between 1 and 200),
  uploaded_by bigint references accounts on delete set null,
  -- The origin of the latest request, for the audit events that the worker records later.
  ip inet,
  request_id text,
  created_at timestamptz not null default now(),
  -- When the latest rows were stored. Null once the upload is complete or the connection broke.
  last_received_at timestamptz default now(),
  -- When all rows were stored. An interrupted upload never gets it and can only be discarded.
  uploaded_at timestamptz,
  -- When staff confirmed which column is which. Doing so again checks all rows again.
  mapped_at timestamptz,
  checked_at timestamptz,
  confirmed_at timestamptz,
  confirmed_by bigint references accounts on delete set null,
  finished_at timestamptz,
  undone_at timestamptz,
  undone_by bigint references accounts on delete set null,
  undo_reason text check (length(undo_reason) <= 500),
  undo_finished_at timestamptz,
  -- When the rows were deleted after their retention period. The counts stay.
  rows_purged_at timestamptz,
  has_heading boolean not null default true,
  -- How the file was read: encoding, delimiter.
  format jsonb not null default '{}',
  -- The position of each column in the file, from 0.
  columns jsonb not null default '{}',
  -- Whether an empty cell keeps what is on file, and in which order full names are.
  keep_empty boolean not null default true,
  name_order text not null default 'guess' check (name_order in ('guess', 'last-name-first')),
  row_count integer not null default 0,
  -- The worker has processed every row up to this line.
  last_line integer not null default 0,
  checked_count integer not null default 0,
  -- How many rows staff confirmed to import, and how many of them were imported, skipped, undone or kept.
  confirmed_count integer,
  imported_count integer not null default 0,
  skipped_count integer not null default 0,
  undone_count integer not null default 0,
  kept_count integer not null default 0,
  -- The number of rows by status and by outcome.
  status_counts jsonb not null default '{}',
  outcome_counts jsonb not null default '{}',
  -- The number of rows by remark.
  remark_counts jsonb not null default '{}',
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
  -- The line on which the row begins, from 1.
  line integer not null,
  cells json not null,
  -- The key identifies duplicate rows in the file.
  key text,
  values jsonb,
  status text,
  explanation text,
  -- What staff should know about how the row was read, such as a date of which only the year was kept.
  remarks text[] not null default '{}',
  -- imported, or why not; later undone, or why not. Null if the row was not to be imported.
  outcome text,
  -- The alumni record that the row created or changed, and its values at the check. They are null for a new record.
  record_id bigint,
  previous_values jsonb,
  primary key (import_id, line)
);
create index import_rows_status on import_rows (import_id, status, line);
create index import_rows_key on import_rows (import_id, key, line) where key is not null;

-- Texts of the file that look like addresses and are not used, so that nothing disappears silently.
create table import_leftovers (
  id bigint generated always as identity primary key,
  import_id bigint not null references imports on delete cascade,
  -- Null if the text is in the sheet that was read.
  sheet text,
  line integer not null,
  -- The position of the cell in its row, from 0.
  position integer not null,
  text text not null,
  reason text not null check (reason in ('row', 'column', 'cell', 'sheet', 'above'))
);
create index import_leftovers_import on import_leftovers (import_id, id);
