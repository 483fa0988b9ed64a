-- The secret that an account shares with an authenticator app, sealed by a key that is not in the database.
create table two_step_secrets (
  account_id bigint primary key references accounts on delete cascade,
  -- Which key of the ring sealed it.
  key_id smallint not null check (key_id between 0 and 255),
  -- AES-256-GCM: nonce (12 bytes), secret (20), tag (16).
  sealed bytea not null check (octet_length(sealed) = 48),
  -- The newest half-minute whose code was taken: no code counts twice.
  last_step integer not null,
  created_at timestamptz not null default now()
);

-- What opens the account when the phone is lost; each works once. The codes are random, so a plain hash keeps them.
create table recovery_codes (
  code_hash bytea primary key check (octet_length(code_hash) = 32),
  account_id bigint not null references accounts on delete cascade,
  created_at timestamptz not null default now(),
  used_at timestamptz
);
create index recovery_codes_account on recovery_codes (account_id);

alter table settings add column two_step_for_staff boolean not null default false;
