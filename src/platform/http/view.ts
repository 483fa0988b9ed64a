import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import express, { type Express, type RequestHandler } from 'express';
import { config, projectRoot } from '../config/config.ts';
import { formatDate, formatDateTime, formatDay } from '../i18n/dates.ts';
import { formatList, formatNumber, formatPercent, rich, t } from '../i18n/i18n.ts';
import { languageChoices } from './language.ts';

const builtFolder = join(projectRoot, 'public', 'built');
const fingerprints = new Map<string, string>();

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

/** The URLs of built files contain a fingerprint, so browsers may cache them for a year. */
export const staticFiles: RequestHandler[] = [
  express.static(builtFolder, {
    index: false,
    redirect: false,
    maxAge: '1y',
    immutable: true,
    cacheControl: true,
  }),
];

function asset(path: string): string {
  let fingerprint = fingerprints.get(path);
  if (fingerprint === undefined || config.environment === 'development') {
    fingerprint = createHash('sha256')
      .update(readFileSync(join(builtFolder, path)))
      .digest('base64url')
      .slice(0, 12);
    fingerprints.set(path, fingerprint);
  }
  return `/built${path}?v=${fingerprint}`;
}
