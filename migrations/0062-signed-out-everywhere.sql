-- When an account was last signed out everywhere: bearer tokens from before are void, whatever changes back later.
alter table accounts add column signed_out_at timestamptz;
