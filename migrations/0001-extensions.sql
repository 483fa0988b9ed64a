-- Addresses compare without case; parts of addresses and names are searched by trigram.
create extension if not exists citext;
create extension if not exists pg_trgm;
