import type { Request } from 'express';

type FormValues = Readonly<Record<string, string>>;

const EXPIRES_AFTER_MS = 60 * 60 * 1000;
const MAX_FORMS = 5;
const MAX_CHARACTERS = 10_000;

/** An invitation's id, for the registration form, or a name and that id, for another form about it. */
const FORM_ID = /^([a-z-]+-)?\d{1,19}$/;

/** Keeps the values of a form in the session for an hour. @returns whether they were kept */
export function saveUnsentForm(formId: string, values: FormValues, req: Request): boolean {
  if (!FORM_ID.test(formId)) return false;
  if (JSON.stringify(values).length > MAX_CHARACTERS) return false;
  const others = Object.entries(listUnexpiredForms(req)).filter(([id]) => id !== formId);
  const form = { values, at: Date.now() };
  req.session.unsentForms = { ...Object.fromEntries(others.slice(1 - MAX_FORMS)), [formId]: form };
  return true;
}

/** Finds form values that were saved within the last hour. */
export function findUnsentForm(formId: string, req: Request): FormValues | null {
  return listUnexpiredForms(req)[formId]?.values ?? null;
}

/** Call this once the form was accepted. */
export function deleteUnsentForm(formId: string, req: Request): void {
  const { [formId]: _sent, ...others } = listUnexpiredForms(req);
  if (req.session.unsentForms) req.session.unsentForms = others;
}

function listUnexpiredForms(req: Request) {
  const forms = Object.entries(req.session.unsentForms ?? {});
  return Object.fromEntries(forms.filter(([, { at }]) => Date.now() - at < EXPIRES_AFTER_MS));
}
