import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import express, { type Express, type RequestHandler } from 'express';
import { config, projectRoot } from '../config.ts';
import { getCachedSettings, readCachedSettings, type Settings } from '../settings.ts';

const builtFolder = join(projectRoot, 'public', 'built');
const fingerprints = new Map<string, string>();

/** Templates and the plain functions every view may call. */
export function setUpViews(app: Express): void {
  app.set('views', [join(projectRoot, 'views')]);
  app.set('view engine', 'ejs');
  app.set('view cache', config.environment !== 'development');
  Object.assign(app.locals, {
    asset,
    date: formatDate,
    dateTime: formatDateTime,
    baseUrl: config.baseUrl,
    account: null,
    flash: null,
    reference: null,
  });
}

/** Built files carry their fingerprint in the address, so browsers may keep them for a year. */
export const staticFiles: RequestHandler[] = [
  express.static(builtFolder, {
    index: false,
    redirect: false,
    maxAge: '1y',
    immutable: true,
    cacheControl: true,
  }),
];

/** The frame of every page, from the settings as last read: costs no query. */
export const setLayoutLocals: RequestHandler = (req, res, next) => {
  res.locals.path = req.path;
  res.locals.organisation = organisationOf(getCachedSettings());
  next();
};

/** The frame of pages that may cost a query: the settings are at most a few seconds old. */
export const refreshLayoutLocals: RequestHandler = async (_req, res, next) => {
  res.locals.organisation = organisationOf(await readCachedSettings());
  next();
};

// Kept: making a formatter costs fifty times what using it does, and a list has fifty dates.
const dateFormat = new Intl.DateTimeFormat('en-GB', {
  day: 'numeric',
  month: 'long',
  year: 'numeric',
  timeZone: 'UTC',
});
const timeFormat = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', timeZone: 'UTC' });

/** "22 November 2026"; dates are UTC, like everything in the database. */
export function formatDate(value: Date): string {
  return dateFormat.format(value);
}

/** "22 November 2026, 14:05 UTC" */
export function formatDateTime(value: Date): string {
  return `${formatDate(value)}, ${timeFormat.format(value)} UTC`;
}

export function organisationOf(settings: Settings) {
  return {
    name: settings.organisationName,
    supportEmail: settings.supportEmail,
    supportPhone: settings.supportPhone,
    accentColour: settings.accentColor,
    mailFooter: settings.mailFooter,
  };
}

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
