-- What a program asked for under a key of its own, and what it was answered: asking again does nothing twice.
create table idempotency_keys (
  account_id bigint not null references accounts on delete cascade,
  key text not null check (length(key) between 1 and 200),
  request_hash bytea not null check (octet_length(request_hash) = 32),
  answer json,
  at timestamptz not null default now(),
  primary key (account_id, key)
);
create index idempotency_keys_at on idempotency_keys (at);
