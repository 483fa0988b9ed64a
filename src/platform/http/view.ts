import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Express, RequestHandler } from 'express';
import serveCompressed from 'express-static-gzip';
import { config, projectRoot } from '../config/config.ts';
import { formatDate, formatDateTime, formatDay } from '../i18n/dates.ts';
import { formatList, formatNumber, formatPercent, rich, t } from '../i18n/i18n.ts';
import { languageChoices } from './language.ts';

const builtFolder = join(projectRoot, 'public', 'built');
let manifest: Readonly<Record<string, string>> | null = null;

/** Configures the view engine, and the functions and defaults that all views can use. */
export function setUpViews(app: Express): void {
  app.set('views', [join(projectRoot, 'views')]);
  app.set('view engine', 'ejs');
  app.set('view cache', config.environment !== 'development');
  Object.assign(app.locals, {
    asset,
    date: formatDate,
    day: formatDay,
    dateTime: formatDateTime,
    number: formatNumber,
    percent: formatPercent,
    list: formatList,
    t,
    rich,
    languageChoices,
    baseUrl: config.baseUrl,
    account: null,
    flash: null,
    reference: null,
  });
}

/** Built files, as brotli or gzip where the browser accepts it. Their names change with their content. */
export const staticFiles: RequestHandler[] = [
  serveCompressed(builtFolder, {
    enableBrotli: true,
    orderPreference: ['br', 'gz'],
    index: false,
    serveStatic: { index: false, redirect: false, maxAge: '1y', immutable: true, cacheControl: true },
  }),
];

/** The URL of a built file: `/styles.css` becomes `/built/styles-<fingerprint>.css`. @throws Error for an unknown file */
export function asset(path: string): string {
  return `/built/${builtName(path)}`;
}

/** Where a built file is on the disk. @throws Error for an unknown file */
export function builtFile(path: string): string {
  return join(builtFolder, builtName(path));
}

function builtName(path: string): string {
  if (manifest === null || config.environment === 'development') manifest = readManifest();
  const name = manifest[path.slice(1)];
  if (name === undefined) throw new Error(`there is no built file ${path}: run npm run build`);
  return name;
}

function readManifest(): Readonly<Record<string, string>> {
  return JSON.parse(readFileSync(join(builtFolder, 'manifest.json'), 'utf8'));
}
