import { queryRows } from '../support/database.ts';

/** The tables of the database, written `schema.table`. */
export async function listTables(): Promise<string[]> {
  const found = await queryRows<{ name: string }>(
    `select format('%I.%I', table_schema, table_name) as name from information_schema.tables
     where table_type = 'BASE TABLE' and table_schema not in ('pg_catalog', 'information_schema') order by 1`,
  );
  return found.map(({ name }) => name);
}

// `delivery` is derived from `opened_at`.
const INVITATIONS_WITHOUT_OPENS = `(select to_jsonb(i) - '{opened_at,delivery}'::text[] from public.invitations i)`;

// Being refused leaves a trace on purpose, whatever was asked for and however.
const rowFilters: Record<string, string> = {
  'public.audit_events': `where action <> 'access.denied'`,
  'public.rate_limits': `where key not like 'auditedRefusals:%'`,
};

// That somebody came by is noted although nothing is done, as with sessions: who visited which link, and that an
// invitation was opened.
const ignoredTables = ['public.sessions', 'public.link_visits'];

/** A fingerprint of all rows of each table but the sessions and the visits. */
export async function snapshot(): Promise<Record<string, string>> {
  const names = (await listTables()).filter((name) => !ignoredTables.includes(name));
  const prints = await queryRows<{ name: string; print: string }>(
    names
      .map(
        (name) =>
          `select '${name}' as name, md5(string_agg(t::text, e'\\n' order by t::text)) as print
           from ${name === 'public.invitations' ? INVITATIONS_WITHOUT_OPENS : name} t
           ${rowFilters[name] ?? ''}`,
      )
      .join(' union all '),
  );
  return Object.fromEntries(prints.map(({ name, print }) => [name, print]));
}
