import type { Request, RequestHandler, Response } from 'express';
import { config } from '../config/config.ts';
import {
  changeLanguage,
  currentLanguage,
  directionOf,
  languages,
  nameOfLanguage,
  negotiateLanguage,
  parseLanguage,
  runInLanguage,
} from '../i18n/languages.ts';
import { readCookie } from './cookies.ts';

const isSecure = config.environment === 'production';
const COOKIE_NAME = isSecure ? '__Host-homecoming-language' : 'homecoming-language';
const COOKIE_MAX_AGE_MS = 400 * 24 * 60 * 60 * 1000;

/**
 * Answers the request in the language that was chosen in this browser, else in the browser's preferred one, else in the
 * office's. Routes that know more about the person call `useLanguageOf`.
 */
export const setLanguage: RequestHandler = (req, res, next) => {
  const language = chosenLanguage(req) ?? negotiateLanguage(req.acceptsLanguages());
  runInLanguage(language, () => {
    setLanguageLocals(res);
    next();
  });
};

/** Continues in the same language: event handlers of a stream can lose the asynchronous context. */
export const keepLanguage: RequestHandler = (_req, res, next) => {
  runInLanguage(res.locals.language ?? null, next);
};

/** Switches to the language on file for a person, unless another one was chosen in this browser. */
export function useLanguageOf(language: string | null, req: Request): void {
  useLanguage(chosenLanguage(req) ?? language, req);
}

/** Switches to a language if we have it. */
export function useLanguage(language: string | null, req: Request): void {
  const known = parseLanguage(language);
  if (known === null || !req.res) return;
  changeLanguage(known);
  setLanguageLocals(req.res);
}

/** Remembers a choice in this browser. */
export function rememberLanguage(language: string, res: Response): void {
  const options = { httpOnly: true, sameSite: 'lax', secure: isSecure, path: '/' } as const;
  res.cookie(COOKIE_NAME, language, { ...options, maxAge: COOKIE_MAX_AGE_MS });
}

function chosenLanguage(req: Request): string | null {
  return parseLanguage(readCookie(COOKIE_NAME, req));
}

function setLanguageLocals(res: Response): void {
  const language = currentLanguage();
  res.locals.language = language;
  res.locals.direction = directionOf(language);
}

/** The language switch at the foot of a page. */
export const languageChoices = languages.map((language) => ({ language, name: nameOfLanguage(language) }));
