-- One CSV file that staff sent: its rows, the verdict on each, what was done with them, and the recall.
create table batches (
  id bigint generated always as identity primary key,
  purpose text not null check (purpose in ('invitations', 'records')),
  file_name text not null check (length(file_name) between 1 and 200),
  made_by bigint references accounts on delete set null,
  -- From where the newest act came, for the audit of what the worker does.
  ip inet,
  request_id text,
  created_at timestamptz not null default now(),
  -- All rows are here. Nothing is kept of a file that broke off.
  uploaded_at timestamptz,
  -- It is said which column is which; saying it anew has all rows judged anew.
  mapped_at timestamptz,
  judged_at timestamptz,
  confirmed_at timestamptz,
  confirmed_by bigint references accounts on delete set null,
  done_at timestamptz,
  recalled_at timestamptz,
  recalled_by bigint references accounts on delete set null,
  recall_reason text check (length(recall_reason) <= 500),
  recall_done_at timestamptz,
  -- The rows are gone, the figures stay.
  emptied_at timestamptz,
  has_heading boolean not null default true,
  -- Where the file keeps each column, from 0.
  places jsonb not null default '{}',
  -- What is included, and what else the purpose asks for.
  choices jsonb not null default '{}',
  row_count integer not null default 0,
  -- Steps go by line: those up to this one are dealt with.
  last_line integer not null default 0,
  judged integer not null default 0,
  -- How many were to be sent, as the button said, and how many of these are dealt with.
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
  -- What the purpose read in the cells: by the key, rows of one file are told apart.
  key text,
  facts jsonb,
  verdict text,
  remark text,
  -- What became of it: done, or why not; null when it was not included.
  outcome text,
  result_id bigint,
  primary key (batch_id, line)
);
create index batch_rows_verdict on batch_rows (batch_id, verdict, line);
create index batch_rows_key on batch_rows (batch_id, key, line) where key is not null;

alter table invitations add column batch_id bigint references batches;
create index invitations_batch_id on invitations (batch_id, id) where batch_id is not null;
