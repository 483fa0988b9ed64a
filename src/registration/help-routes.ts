import { type Request, type Response, Router } from 'express';
import type { FoundLink } from '../invitations/link.ts';
import { readHelpValues, submitHelpRequest } from '../pages/help-requests.ts';
import {
  findOpenedInvitation,
  getOpenedLink,
  InvitationNotOpened,
  registrationPath,
} from '../pages/opened-invitations.ts';
import { NotFound } from '../platform/errors.ts';
import { flash } from '../platform/http/flash.ts';
import { emptyForm } from '../platform/http/form.ts';
import { saveSession } from '../platform/http/session.ts';
import { t } from '../platform/i18n/i18n.ts';
import { maskMailbox } from '../platform/text/address.ts';
import { readCachedSettings } from '../settings/settings.ts';
import { deleteUnsentForm, findUnsentForm, saveUnsentForm } from './unsent-form.ts';

/** "Something not right?": ways on for people who can't simply register. Each stores a request for staff. */
export const helpRoutes = Router();
helpRoutes.get('/register/help', showHelp);
helpRoutes.get('/register/help/:kind', showHelpForm);
helpRoutes.post('/register/help/:kind', submitHelpForm);
helpRoutes.get('/register/help/:kind/sent', showHelpSent);

const kinds = ['name-changed', 'shared-address', 'wrong-school', 'address-lost'] as const;
type Kind = (typeof kinds)[number];

async function showHelp(req: Request, res: Response): Promise<void> {
  const link = await getOpenedLink(req);
  if (!isMailboxProven(link, req)) return res.redirect(303, registrationPath(link, req));
  res.render('registration/help/index', { link, reference: link.reference });
}

async function showHelpForm(req: Request, res: Response): Promise<void> {
  const kind = kindOf(req);
  const link = await getOpenedLink(req);
  if (!isMeantFor(kind, link, req)) return res.redirect(303, registrationPath(link, req));
  const unsentValues = findUnsentForm(formId(kind, link.invitationId), req);
  const form = { ...emptyForm, values: unsentValues ?? {} };
  await renderHelpForm(kind, link, { ...form, isRestored: unsentValues !== null }, res);
}

async function submitHelpForm(req: Request, res: Response): Promise<void> {
  const kind = kindOf(req);
  const link = await getLinkOrKeepForm(kind, req);
  if (!isMeantFor(kind, link, req)) return res.redirect(303, registrationPath(link, req));
  const { email, invitationId } = link;
  const rejected = await submitHelpRequest(kind, { email, invitationId }, req, res);
  if (rejected) return renderHelpForm(kind, link, { ...rejected, isRestored: false }, res);
  deleteUnsentForm(formId(kind, invitationId), req);
  const isDone = kind !== 'name-changed';
  if (!isDone) flash(req, 'success', t('registration:help.name-changed.sent'));
  await saveSession(req);
  res.redirect(
    303,
    isDone ? `/register/help/${kind}/sent?invitation=${invitationId}` : registrationPath(link, req),
  );
}

async function showHelpSent(req: Request, res: Response): Promise<void> {
  const kind = kindOf(req);
  const link = await getOpenedLink(req);
  if (kind === 'name-changed') return res.redirect(303, registrationPath(link, req));
  res.render('registration/help/sent', { kind, link, reference: link.reference });
}

async function renderHelpForm(
  kind: Kind,
  link: FoundLink,
  locals: Readonly<Record<string, unknown>>,
  res: Response,
): Promise<void> {
  const { fullAccessFromAge: adultAge } = await readCachedSettings();
  res.render(`registration/help/${kind}`, {
    ...locals,
    kind,
    link,
    reference: link.reference,
    adultAge,
    invitedAddress: kind === 'address-lost' ? maskMailbox(link.email) : link.email,
  });
}

/** If the link isn't open in this browser any more, keeps what was typed until it is opened again. */
async function getLinkOrKeepForm(kind: Kind, req: Request): Promise<FoundLink> {
  try {
    return await getOpenedLink(req);
  } catch (error) {
    if (!(error instanceof InvitationNotOpened)) throw error;
    const id = formId(kind, String(req.body?.invitation ?? ''));
    throw new InvitationNotOpened(saveUnsentForm(id, readHelpValues(kind, req), req));
  }
}

/** Only the holder of a shared link, who can't receive the code, has lost the address. */
function isMeantFor(kind: Kind, link: FoundLink, req: Request): boolean {
  return isMailboxProven(link, req) === (kind !== 'address-lost');
}

function isMailboxProven(link: FoundLink, req: Request): boolean {
  return findOpenedInvitation(link, req)?.mailbox_proven ?? false;
}

function formId(kind: Kind, invitationId: string): string {
  return `${kind}-${invitationId}`;
}

function kindOf(req: Request): Kind {
  const kind = kinds.find((known) => known === req.params.kind);
  if (!kind) throw new NotFound(t('errors:messages.notFound'));
  return kind;
}
