import { queryRows } from '../support/database.ts';

/** The names of all tables, as `schema.table`. */
export async function listTables(): Promise<string[]> {
  const rows = await queryRows<{ name: string }>(
    `select format('%I.%I', table_schema, table_name) as name from information_schema.tables
     where table_type = 'BASE TABLE' and table_schema not in ('pg_catalog', 'information_schema') order by 1`,
  );
  return rows.map(({ name }) => name);
}

// `delivery` is derived from `opened_at`.
const INVITATIONS_WITHOUT_OPENS = `(select to_jsonb(i) - '{opened_at,delivery}'::text[] from public.invitations i)`;

// Denied access is recorded intentionally.
const rowFilters: Record<string, string> = {
  'public.audit_events': `where action <> 'access.denied'`,
  'public.rate_limits': `where key not like 'auditedDenials:%'`,
};

// GET requests create sessions and record that a link was opened.
const ignoredTables = ['public.sessions', 'public.link_opens'];

/** A hash of the rows of each table, except sessions and link opens. */
export async function snapshot(): Promise<Record<string, string>> {
  const names = (await listTables()).filter((name) => !ignoredTables.includes(name));
  const hashes = await queryRows<{ name: string; hash: string }>(
    names
      .map(
        (name) =>
          `select '${name}' as name, md5(string_agg(t::text, e'\\n' order by t::text)) as hash
           from ${name === 'public.invitations' ? INVITATIONS_WITHOUT_OPENS : name} t
           ${rowFilters[name] ?? ''}`,
      )
      .join(' union all '),
  );
  return Object.fromEntries(hashes.map(({ name, hash }) => [name, hash]));
}
