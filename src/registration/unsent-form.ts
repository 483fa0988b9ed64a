import type { Request } from 'express';
import { isId } from '../text.ts';

type Values = Readonly<Record<string, string>>;

const KEPT_MS = 60 * 60 * 1000;
const MOST_KEPT = 5;
const MOST_CHARACTERS = 10_000;

/** Keeps what was typed for an invitation, for an hour, in this browser's session. @returns whether it was kept */
export function keepUnsent(invitationId: string, values: Values, req: Request): boolean {
  if (!isId(invitationId)) return false;
  if (JSON.stringify(values).length > MOST_CHARACTERS) return false;
  const others = Object.entries(unsentForms(req)).filter(([id]) => id !== invitationId);
  const kept = { values, at: Date.now() };
  req.session.unsentForms = { ...Object.fromEntries(others.slice(1 - MOST_KEPT)), [invitationId]: kept };
  return true;
}

/** What was typed for an invitation and couldn't be taken within the last hour, or null. */
export function unsentFor(invitationId: string, req: Request): Values | null {
  return unsentForms(req)[invitationId]?.values ?? null;
}

/** To be called once the form was taken. */
export function forgetUnsent(invitationId: string, req: Request): void {
  const { [invitationId]: _sent, ...others } = unsentForms(req);
  if (req.session.unsentForms) req.session.unsentForms = others;
}

function unsentForms(req: Request) {
  const kept = Object.entries(req.session.unsentForms ?? {});
  return Object.fromEntries(kept.filter(([, { at }]) => Date.now() - at < KEPT_MS));
}
