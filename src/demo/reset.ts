import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { config } from '../platform/config/config.ts';
import { queryRow, queryRows } from '../platform/db/database.ts';
import { t } from '../platform/i18n/i18n.ts';

/**
 * Empties the database and the captured mail, so that the next start of the demo begins with new sample data.
 * @throws Error while another process is connected to the database
 */
export async function resetDemo(): Promise<void> {
  const others = await queryRow<{ count: number }>(
    `select count(*)::int as count from pg_stat_activity
     where datname = current_database() and backend_type = 'client backend' and pid <> pg_backend_pid()`,
    [],
  );
  if (others?.count) throw new Error(t('demo:errors.running'));
  await queryRows('drop schema if exists graphile_worker, public cascade', []);
  await queryRows('create schema public', []);
  await rm(join(config.dataDir, 'mailbox'), { recursive: true, force: true });
}
