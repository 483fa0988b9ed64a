import { type Request, type Response, Router } from 'express';
import { z } from 'zod';
import {
  countProfilesAwaitingConsent,
  listProfilesAwaitingConsent,
} from '../../consents/awaiting-consent.ts';
import { CONSENTS_PER_PAGE, listConsentsOfProfile, listLatestConsents } from '../../consents/consent.ts';
import {
  getCurrentDisclosure,
  getDisclosure,
  listDisclosures,
  paragraphsOf,
  publishDisclosure,
} from '../../consents/disclosure.ts';
import { NotFound } from '../../platform/errors.ts';
import { flash } from '../../platform/http/flash.ts';
import { emptyForm, type FormState, readForm } from '../../platform/http/form.ts';
import { pageLinks, parseCursor } from '../../platform/http/list-query.ts';
import { saveSession } from '../../platform/http/session.ts';
import { t } from '../../platform/i18n/i18n.ts';
import { longTextField } from '../../platform/text/fields.ts';
import { actorOf, requireStaff } from '../../sign-in/guard.ts';
import { requireRecentSignIn } from '../../sign-in/recent-sign-in.ts';
import { parseInvitationFilter } from '../invitations/query.ts';

const adminOnly = requireStaff('admin');
const disclosureForm = z.object({
  body: longTextField(20_000).refine((typed) => typed.length >= 100, {
    error: () => t('consents:disclosures.bodyTooShort'),
  }),
});

/** Consents, which staff can view and print but not change, and the text that guardians read. */
export const adminConsentRoutes = Router();
adminConsentRoutes.get('/', showConsents);
adminConsentRoutes.get('/waiting', showWaiting);
adminConsentRoutes.get('/disclosures', showDisclosures);
adminConsentRoutes.post('/disclosures', adminOnly, requireRecentSignIn, submitDisclosure);
adminConsentRoutes.get('/disclosures/:version', showDisclosure);
adminConsentRoutes.get('/:profileId', showConsentHistory);

async function showConsents(req: Request, res: Response): Promise<void> {
  const before = parseId(req.query.before);
  const consents = await listLatestConsents(before);
  const last = consents.length === CONSENTS_PER_PAGE ? consents.at(-1) : undefined;
  res.render('admin/consents/index', {
    consents,
    newestUrl: before === null ? null : '/admin/consents',
    olderUrl: last ? `/admin/consents?before=${last.id}` : null,
  });
}

/** Reads `?batch=` and `?center=`, like the overview. */
async function showWaiting(req: Request, res: Response): Promise<void> {
  const { batch, center } = parseInvitationFilter(req.query);
  const page = await listProfilesAwaitingConsent({ batch, center }, parseCursor(req.query));
  const count = await countProfilesAwaitingConsent({ batch, center });
  res.render('admin/consents/waiting', { page, count, batch, center, urls: pageLinks(req, page) });
}

async function showConsentHistory(req: Request, res: Response): Promise<void> {
  const profileId = parseId(req.params.profileId);
  const consents = profileId === null ? [] : await listConsentsOfProfile(profileId);
  if (consents.length === 0) throw new NotFound(t('consents:errors.noDecisions'));
  res.render('admin/consents/show', { consents });
}

async function showDisclosures(_req: Request, res: Response): Promise<void> {
  await renderDisclosures(emptyForm, res);
}

async function renderDisclosures(form: FormState, res: Response): Promise<void> {
  const current = await getCurrentDisclosure();
  res.render('admin/consents/disclosures', { ...form, current, disclosures: await listDisclosures() });
}

async function submitDisclosure(req: Request, res: Response): Promise<void> {
  const form = readForm(disclosureForm, req.body);
  const version = await form.run(({ body }) => publishDisclosure(body, actorOf(req, res)));
  if (version === null) {
    res.status(422);
    return renderDisclosures({ values: form.values, errors: form.errors }, res);
  }
  flash(req, 'success', t('consents:disclosures.published', { version }));
  await saveSession(req);
  res.redirect(303, '/admin/consents/disclosures');
}

async function showDisclosure(req: Request, res: Response): Promise<void> {
  const disclosure = await getDisclosure(Number(parseId(req.params.version)));
  res.render('admin/consents/disclosure', { disclosure, paragraphs: await paragraphsOf(disclosure) });
}

// Null unless the text is a positive number that fits an id.
function parseId(text: unknown): string | null {
  return typeof text === 'string' && /^[1-9]\d{0,8}$/.test(text) ? text : null;
}
