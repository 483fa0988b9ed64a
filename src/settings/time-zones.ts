import { queryRows } from '../platform/db/database.ts';

/**
 * The time zones to choose from, as IANA names: those of regions that PostgreSQL knows. Node's own list has outdated names,
 * such as Asia/Calcutta, but it accepts the current ones.
 */
export async function listTimeZones(): Promise<string[]> {
  const zones = await queryRows<{ name: string }>(
    `select name from pg_timezone_names
     where name ~ '^(Africa|America|Antarctica|Asia|Atlantic|Australia|Europe|Indian|Pacific)/' order by name`,
  );
  return ['UTC', ...zones.map(({ name }) => name).filter(isKnownToNode)];
}

function isKnownToNode(timeZone: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone }) !== null;
  } catch {
    return false;
  }
}
