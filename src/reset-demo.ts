import { prepareEnvironment } from './start.ts';

process.env.NODE_ENV ||= 'development';
process.env.LOG_LEVEL ||= 'warn';

try {
  if (process.env.NODE_ENV === 'production') throw new Error('npm run db:reset never runs in production.');
  // Any other database may contain real data.
  if (process.env.DATABASE_URL)
    throw new Error('npm run db:reset empties the embedded database only. Unset DATABASE_URL to use it.');
  const environment = await prepareEnvironment();
  const { closeDatabase } = await import('./platform/db/database.ts');
  try {
    await (await import('./demo/reset.ts')).resetDemo();
    const { t } = await import('./platform/i18n/i18n.ts');
    process.stdout.write(`${t('demo:reset')}\n`);
  } finally {
    await closeDatabase();
    await environment.stop();
  }
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
