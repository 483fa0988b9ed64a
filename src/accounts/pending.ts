import type { Request, Response } from 'express';
import { z } from 'zod';
import { isId } from '../text.ts';
import { flash } from '../web/flash.ts';
import { emptyForm, type FormState } from '../web/form.ts';
import { cameFrom, ownPath } from './return-to.ts';

/**
 * A form of a signed-in page that was sent without its session, or in somebody else's. It waits in the sign-in page as a
 * hidden field, and once its account is signed in, in the session until it is shown: see `showPendingForm`.
 */
export type PendingForm = z.output<typeof pendingForm>;

const KEPT_MS = 60 * 60 * 1000;
/** As a form field. The forms of our pages may have 100 kB, and the sign-in page sends its own fields too. */
const MOST_BYTES = 90_000;

// The database takes neither a NUL nor half of a surrogate pair in JSON.
const text = z.string().regex(/^[^\0\p{Cs}]*$/u);
const path = z.string().refine((given) => ownPath(given) === given && !/^\/sign-(in|out)\b/.test(given));
const pendingForm = z.object({
  action: path,
  /** Where the form was. */
  page: path,
  /** The id of the account that filled it in. */
  signedInAs: z.string().refine(isId),
  fields: z.array(z.tuple([text, text])),
  hadFile: z.boolean(),
});

/** What was posted, without passwords, codes and files; null when it doesn't say whose form it is. */
function pendingFormOf(req: Request): PendingForm | null {
  const { signedInAs, ...typed }: Record<string, unknown> = req.body ?? {};
  const fields = Object.entries(typed)
    .filter(([name]) => !/password|code/i.test(name))
    .flatMap(([name, value]) => [value].flat().map((one) => [name, String(one)]));
  const hadFile = Boolean(req.is('multipart/form-data'));
  const page = cameFrom(req) ?? req.originalUrl;
  const read = pendingForm.safeParse({ action: req.originalUrl, page, signedInAs, fields, hadFile });
  return read.success ? read.data : null;
}

/** The form that a posted sign-in page carries, or null. */
export function carriedForm({ body }: Pick<Request, 'body'>): PendingForm | null {
  try {
    return pendingForm.parse(JSON.parse(body?.pendingForm));
  } catch {
    return null;
  }
}

/** The sign-in page, with a form that comes back once its account is signed in. */
export function renderSignIn(
  res: Response,
  { values, errors }: FormState,
  pending: PendingForm | null,
  more: Readonly<{ returnTo?: string | null; notice?: string | null }> = {},
): void {
  const { returnTo = null, notice = pending && noticeOf(pending) } = more;
  const carried = pending && JSON.stringify(pending);
  res.render('accounts/sign-in', { values, errors, returnTo, notice, carried, path: '/sign-in' });
}

/** Answers a form that was sent without a session. */
export function askToSignIn(req: Request, res: Response): void {
  const pending = pendingFormOf(req);
  res.status(401);
  if (pending && !isTooLong(pending)) return renderSignIn(res, emptyForm, pending);
  const notice = pending
    ? 'You were signed out before this was sent, and it is too long to be kept here. Go back in your browser and copy what you typed before you sign in.'
    : 'Please sign in first, and then send it again.';
  renderSignIn(res, emptyForm, null, { returnTo: cameFrom(req), notice });
}

/** Whether a form says that another account filled it in. */
export function isOfAnother(req: Request, accountId: string): boolean {
  const signedInAs: unknown = req.body?.signedInAs;
  return signedInAs !== undefined && signedInAs !== accountId;
}

/** Answers a form that another account filled in. */
export function refuseOfAnother(req: Request, res: Response): void {
  const pending = pendingFormOf(req);
  const carried = pending && !isTooLong(pending) ? JSON.stringify(pending) : null;
  res.status(409).render('accounts/form-of-another', { carried });
}

/** Keeps the form that came with a password while a code is still wanted. */
export function keepPendingForm(req: Request): void {
  const carried = carriedForm(req);
  if (carried) req.session.pendingForm = { ...carried, keptAt: Date.now() };
}

/**
 * Lets the form that a visitor came with wait for its page, now that they are signed in.
 * @returns where that page is, or null when there is nothing to show to this account
 */
export function takePendingForm(req: Request, accountId: string): string | null {
  keepPendingForm(req);
  const kept = keptForm(req);
  if (!kept) return null;
  if (kept.signedInAs === accountId) {
    flash(
      req,
      'notice',
      `You were signed out before this was sent. Check it and send it again.${aboutFile(kept)}`,
    );
    return kept.page;
  }
  delete req.session.pendingForm;
  flash(req, 'notice', 'The form that waited here was filled in by another account, so it is not shown.');
  return null;
}

/** The form that waits in the session. */
export function keptForm({ session }: Request): PendingForm | null {
  const { pendingForm: kept } = session;
  if (kept && Date.now() - kept.keptAt > KEPT_MS) delete session.pendingForm;
  return session.pendingForm ?? null;
}

function noticeOf(pending: PendingForm): string {
  return `You were signed out before this was sent. Sign in, and your form comes back as you left it.${aboutFile(pending)}`;
}

function aboutFile({ hadFile }: PendingForm): string {
  return hadFile ? ' The file has to be chosen again.' : '';
}

function isTooLong(pending: PendingForm): boolean {
  return new URLSearchParams({ pendingForm: JSON.stringify(pending) }).toString().length > MOST_BYTES;
}
