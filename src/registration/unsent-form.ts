import type { Request } from 'express';
import { isId } from '../platform/text/text.ts';

type FormValues = Readonly<Record<string, string>>;

const EXPIRES_AFTER_MS = 60 * 60 * 1000;
const MAX_FORMS = 5;
const MAX_CHARACTERS = 10_000;

/** Keeps the form values for an invitation in the session for an hour. @returns whether they were kept */
export function saveUnsentForm(invitationId: string, values: FormValues, req: Request): boolean {
  if (!isId(invitationId)) return false;
  if (JSON.stringify(values).length > MAX_CHARACTERS) return false;
  const others = Object.entries(listUnexpiredForms(req)).filter(([id]) => id !== invitationId);
  const form = { values, at: Date.now() };
  req.session.unsentForms = { ...Object.fromEntries(others.slice(1 - MAX_FORMS)), [invitationId]: form };
  return true;
}

/** Finds form values that were saved for an invitation within the last hour. */
export function findUnsentForm(invitationId: string, req: Request): FormValues | null {
  return listUnexpiredForms(req)[invitationId]?.values ?? null;
}

/** Call this once the form was accepted. */
export function deleteUnsentForm(invitationId: string, req: Request): void {
  const { [invitationId]: _sent, ...others } = listUnexpiredForms(req);
  if (req.session.unsentForms) req.session.unsentForms = others;
}

function listUnexpiredForms(req: Request) {
  const forms = Object.entries(req.session.unsentForms ?? {});
  return Object.fromEntries(forms.filter(([, { at }]) => Date.now() - at < EXPIRES_AFTER_MS));
}
