import type { Request, Response } from 'express';
import { z } from 'zod';
import { flash } from '../platform/http/flash.ts';
import { emptyForm, type FormState } from '../platform/http/form.ts';
import { isId } from '../platform/text/text.ts';
import { parseLocalPath, referrerPath } from './return-to.ts';

/**
 * A form of a signed-in page that was sent without its session, or in somebody else's. It waits in the sign-in page as a
 * hidden field, and once its account is signed in, in the session until it is shown: see `showPendingForm`.
 */
export type PendingForm = z.output<typeof pendingFormSchema>;

const MAX_AGE_MS = 60 * 60 * 1000;
/** As a form field. The forms of our pages may have 100 kB, and the sign-in page sends its own fields too. */
const MAX_BYTES = 90_000;

// The database takes neither a NUL nor half of a surrogate pair in JSON.
const text = z.string().regex(/^[^\0\p{Cs}]*$/u);
const path = z
  .string()
  .refine((typed) => parseLocalPath(typed) === typed && !/^\/sign-(in|out)\b/.test(typed));
const pendingFormSchema = z.object({
  action: path,
  /** Where the form was. */
  page: path,
  /** The id of the account that filled it in. */
  signedInAs: z.string().refine(isId),
  fields: z.array(z.tuple([text, text])),
  hadFile: z.boolean(),
});

/** What was posted, without passwords, codes and files; null when it doesn't say whose form it is. */
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

/** The form that a posted sign-in page carries, or null. */
export function parsePendingForm({ body }: Pick<Request, 'body'>): PendingForm | null {
  try {
    return pendingFormSchema.parse(JSON.parse(body?.pendingForm));
  } catch {
    return null;
  }
}

/** The sign-in page, with a form that comes back once its account is signed in. */
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

/** Answers a form that was sent without a session. */
export function renderSignInRequired(req: Request, res: Response): void {
  const pending = pendingFormFromRequest(req);
  res.status(401);
  if (pending && !isTooLarge(pending)) return renderSignIn(res, emptyForm, pending);
  const notice = pending
    ? 'You were signed out before this was sent, and it is too long to be kept here. Go back in your browser and copy what you typed before you sign in.'
    : 'Please sign in first, and then send it again.';
  renderSignIn(res, emptyForm, null, { returnTo: referrerPath(req), notice });
}

/** Whether a form says that another account filled it in. */
export function isFromAnotherAccount(req: Request, accountId: string): boolean {
  const signedInAs: unknown = req.body?.signedInAs;
  return signedInAs !== undefined && signedInAs !== accountId;
}

/** Answers a form that another account filled in. */
export function renderFormFromAnotherAccount(req: Request, res: Response): void {
  const pending = pendingFormFromRequest(req);
  const serializedForm = pending && !isTooLarge(pending) ? JSON.stringify(pending) : null;
  res.status(409).render('sign-in/form-from-another-account', { pendingForm: serializedForm });
}

/** Keeps the form that came with a password while a code is still wanted. */
export function storePendingForm(req: Request): void {
  const pending = parsePendingForm(req);
  if (pending) req.session.pendingForm = { ...pending, keptAt: Date.now() };
}

/**
 * Lets the form that a visitor came with wait for its page, now that they are signed in.
 * @returns where that page is, or null when there is nothing to show to this account
 */
export function resumePendingForm(req: Request, accountId: string): string | null {
  storePendingForm(req);
  const pending = findPendingForm(req);
  if (!pending) return null;
  if (pending.signedInAs === accountId) {
    flash(
      req,
      'notice',
      `You were signed out before this was sent. Check it and send it again.${fileNotice(pending)}`,
    );
    return pending.page;
  }
  delete req.session.pendingForm;
  flash(req, 'notice', 'The form that waited here was filled in by another account, so it is not shown.');
  return null;
}

/** The form that waits in the session. */
export function findPendingForm({ session }: Request): PendingForm | null {
  const { pendingForm: pending } = session;
  if (pending && Date.now() - pending.keptAt > MAX_AGE_MS) delete session.pendingForm;
  return session.pendingForm ?? null;
}

function signedOutNotice(pending: PendingForm): string {
  return `You were signed out before this was sent. Sign in, and your form comes back as you left it.${fileNotice(pending)}`;
}

function fileNotice({ hadFile }: PendingForm): string {
  return hadFile ? ' The file has to be chosen again.' : '';
}

function isTooLarge(pending: PendingForm): boolean {
  return new URLSearchParams({ pendingForm: JSON.stringify(pending) }).toString().length > MAX_BYTES;
}
