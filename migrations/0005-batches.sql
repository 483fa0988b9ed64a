-- CSV files that staff upload: alumni records, or people to invite.

-- One file: how far it has come, what was decided about it, and its figures.
create table batches (
  id bigint generated always as identity primary key,
  purpose text not null check (purpose in ('invitations', 'records')),
  file_name text not null check (length(file_name) between 1 and 200),
  made_by bigint references accounts on delete set null,
  -- Where the latest request came from. The worker records it with the events of what it does later.
  ip inet,
  request_id text,
  created_at timestamptz not null default now(),
  -- Set once all rows are stored. Nothing is kept of an upload that broke off.
  uploaded_at timestamptz,
  -- Staff said which column is which. Saying so again checks all rows again.
  mapped_at timestamptz,
  judged_at timestamptz,
  confirmed_at timestamptz,
  confirmed_by bigint references accounts on delete set null,
  done_at timestamptz,
  recalled_at timestamptz,
  recalled_by bigint references accounts on delete set null,
  recall_reason text check (length(recall_reason) <= 500),
  recall_done_at timestamptz,
  -- The rows were deleted because they are no longer needed; the figures stay.
  emptied_at timestamptz,
  has_heading boolean not null default true,
  -- The position of each column in the file, from 0.
  places jsonb not null default '{}',
  -- Which rows to include, and what else the purpose asks for.
  choices jsonb not null default '{}',
  row_count integer not null default 0,
  -- The worker goes through the file by line: everything up to this one is finished.
  last_line integer not null default 0,
  judged integer not null default 0,
  -- How many rows the button promised to send, and how many of them are finished.
  target integer,
  done integer not null default 0,
  skipped integer not null default 0,
  recalled integer not null default 0,
  verdicts jsonb not null default '{}',
  outcomes jsonb not null default '{}',
  check (mapped_at is null or uploaded_at is not null),
  check (judged_at is null or mapped_at is not null),
  check (confirmed_at is null or judged_at is not null),
  check ((confirmed_at is null) = (target is null)),
  check (done_at is null or confirmed_at is not null),
  check (recalled_at is null or confirmed_at is not null),
  check (recall_done_at is null or (recalled_at is not null and done_at is not null))
);
create index batches_made_by on batches (made_by) where made_by is not null;
create index batches_confirmed_by on batches (confirmed_by) where confirmed_by is not null;
create index batches_recalled_by on batches (recalled_by) where recalled_by is not null;

create table batch_rows (
  batch_id bigint not null references batches on delete cascade,
  -- The line of the file on which the row begins, from 1.
  line integer not null,
  cells json not null,
  -- What the purpose read in the cells. The key finds rows that occur twice in the file.
  key text,
  facts jsonb,
  verdict text,
  remark text,
  -- What happened to the row: done, or why not. Null if it was not included.
  outcome text,
  result_id bigint,
  primary key (batch_id, line)
);
create index batch_rows_verdict on batch_rows (batch_id, verdict, line);
create index batch_rows_key on batch_rows (batch_id, key, line) where key is not null;
