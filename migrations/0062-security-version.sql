-- Grows with each change that ends all sessions and bearer tokens of the account, so what changes back revives none.
alter table accounts add column security_version integer not null default 0;
