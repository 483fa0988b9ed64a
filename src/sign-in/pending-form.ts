import type { Request, Response } from 'express';
import { z } from 'zod';
import { flash } from '../platform/http/flash.ts';
import { emptyForm, type FormState } from '../platform/http/form.ts';
import { t } from '../platform/i18n/i18n.ts';
import { isId } from '../platform/text/text.ts';
import { parseLocalPath, referrerPath } from './return-to.ts';

/**
 * A form that was sent without its session, or in another account's session. The sign-in page carries it in a hidden
 * field. After signing in to its account, it is kept in the session until `showPendingForm` shows it.
 */
export type PendingForm = z.output<typeof pendingFormSchema>;

const MAX_AGE_MS = 60 * 60 * 1000;
/** The size as a form field. Posted forms may have 100 kB, including the sign-in page's own fields. */
const MAX_BYTES = 90_000;

// PostgreSQL doesn't accept NUL or lone surrogates in JSON.
const text = z.string().regex(/^[^\0\p{Cs}]*$/u);
const path = z
  .string()
  .refine((typed) => parseLocalPath(typed) === typed && !/^\/sign-(in|out)\b/.test(typed));
const pendingFormSchema = z.object({
  action: path,
  /** The page with the form. */
  page: path,
  /** The id of the account whose page it was. */
  signedInAs: z.string().refine(isId),
  fields: z.array(z.tuple([text, text])),
  hadFile: z.boolean(),
});

/** Takes a posted form without passwords, codes and files. @returns null if it doesn't say which account filled it in */
function pendingFormFromRequest(req: Request): PendingForm | null {
  const { signedInAs, ...typed }: Record<string, unknown> = req.body ?? {};
  const fields = Object.entries(typed)
    .filter(([name]) => !/password|code/i.test(name))
    .flatMap(([name, value]) => [value].flat().map((item) => [name, String(item)]));
  const hadFile = Boolean(req.is('multipart/form-data'));
  const page = referrerPath(req) ?? req.originalUrl;
  const parsed = pendingFormSchema.safeParse({ action: req.originalUrl, page, signedInAs, fields, hadFile });
  return parsed.success ? parsed.data : null;
}

/** Reads the pending form from a posted sign-in form. */
export function parsePendingForm({ body }: Pick<Request, 'body'>): PendingForm | null {
  try {
    return pendingFormSchema.parse(JSON.parse(body?.pendingForm));
  } catch {
    return null;
  }
}

/** Renders the sign-in page, with a pending form to come back to. */
export function renderSignIn(
  res: Response,
  { values, errors }: FormState,
  pending: PendingForm | null,
  options: Readonly<{ returnTo?: string | null; notice?: string | null }> = {},
): void {
  const { returnTo = null, notice = pending && signedOutNotice(pending) } = options;
  const serializedForm = pending && JSON.stringify(pending);
  res.render('sign-in/sign-in', {
    values,
    errors,
    returnTo,
    notice,
    pendingForm: serializedForm,
    path: '/sign-in',
  });
}

/** Responds to a form that was sent without a session. */
export function renderSignInRequired(req: Request, res: Response): void {
  const pending = pendingFormFromRequest(req);
  res.status(401);
  if (pending && !isTooLarge(pending)) return renderSignIn(res, emptyForm, pending);
  const notice = pending ? t('sign-in:pendingForm.tooLong') : t('sign-in:pendingForm.signInFirst');
  renderSignIn(res, emptyForm, null, { returnTo: referrerPath(req), notice });
}

/** Whether another account filled in the posted form. */
export function isFromAnotherAccount(req: Request, accountId: string): boolean {
  const signedInAs: unknown = req.body?.signedInAs;
  return signedInAs !== undefined && signedInAs !== accountId;
}

/** Responds to a form that another account filled in. */
export function renderFormFromAnotherAccount(req: Request, res: Response): void {
  const pending = pendingFormFromRequest(req);
  const serializedForm = pending && !isTooLarge(pending) ? JSON.stringify(pending) : null;
  res.status(409).render('sign-in/form-from-another-account', { pendingForm: serializedForm });
}

/** Keeps the posted pending form in the session, for example while the two-step code is entered. */
export function storePendingForm(req: Request): void {
  const pending = parsePendingForm(req);
  if (pending) req.session.pendingForm = { ...pending, keptAt: Date.now() };
}

/**
 * Keeps the pending form for its page after signing in.
 * @returns the path of that page, or null if this account has no pending form
 */
export function resumePendingForm(req: Request, accountId: string): string | null {
  storePendingForm(req);
  const pending = findPendingForm(req);
  if (!pending) return null;
  if (pending.signedInAs === accountId) {
    const notice = pending.hadFile
      ? t('sign-in:pendingForm.resumedWithFile')
      : t('sign-in:pendingForm.resumed');
    flash(req, 'notice', notice);
    return pending.page;
  }
  delete req.session.pendingForm;
  flash(req, 'notice', t('sign-in:pendingForm.otherAccount'));
  return null;
}

/** Finds the pending form in the session, unless it has expired. */
export function findPendingForm({ session }: Request): PendingForm | null {
  const { pendingForm: pending } = session;
  if (pending && Date.now() - pending.keptAt > MAX_AGE_MS) delete session.pendingForm;
  return session.pendingForm ?? null;
}

function signedOutNotice({ hadFile }: PendingForm): string {
  return hadFile ? t('sign-in:pendingForm.signedOutWithFile') : t('sign-in:pendingForm.signedOut');
}

function isTooLarge(pending: PendingForm): boolean {
  return new URLSearchParams({ pendingForm: JSON.stringify(pending) }).toString().length > MAX_BYTES;
}
