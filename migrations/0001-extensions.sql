-- Addresses compare without case; names and addresses are searched by trigram, without accents.
create extension if not exists citext;
create extension if not exists pg_trgm;
create extension if not exists unaccent;

-- What a text is searched by: without case, accents, apostrophes and invisible characters, whichever way its letters are
-- composed. unaccent() is only "stable", as its dictionary can be replaced. Ours is named and never changes, so this
-- function may be immutable, as generated columns need.
create function fold_text(given text) returns text language plpgsql immutable strict parallel safe as $$
begin
  -- Lower case again at the end: unaccent writes "(A)" for a capital in brackets.
  return lower(public.unaccent('public.unaccent', translate(
    regexp_replace(normalize(lower(given), nfkd), '[\u0300-\u036f\u00ad\u200b-\u200f\u2060\ufeff]', '', 'g'),
    'ς''’‘ʼʹ´`′', 'σ')));
end $$;
