import { type Request, type Response, Router } from 'express';
import { actorOf } from '../accounts/guard.ts';
import { BadRequest, HomecomingError } from '../errors.ts';
import { verifyLink } from '../links.ts';
import { readSettings } from '../settings.ts';
import { flash } from '../web/flash.ts';
import { emptyForm, type FormState, readForm } from '../web/form.ts';
import { countBadLink } from '../web/rate-limit.ts';
import { changeSessionId, saveSession } from '../web/session.ts';
import { grant, refuse, renewalDue, withdraw } from './consent.ts';
import { currentDisclosure, paragraphsOf } from './disclosure.ts';
import { consentForm } from './forms.ts';
import { type Guardian, guardianById, wardOf } from './guardian.ts';
import { standingOf, type Ward } from './standing.ts';
import { childOnPage } from './standing-words.ts';

declare module 'express-session' {
  interface SessionData {
    /** The guardian whose link was opened: its id, never its token. */
    guardianId: string;
  }
}

class BadGuardianLink extends BadRequest {
  override readonly title = 'Invalid link';

  constructor() {
    super(
      'Open the link from our mail again, or copy the whole of it. If it still doesn’t work, please write to us.',
    );
  }
}

class DeadGuardianLink extends HomecomingError {
  override readonly status = 410;
  override readonly title = 'This request is closed';
}

/** Before sessions: a link that we did not sign costs no query. */
export const guardianLinks = Router();
guardianLinks.get('/guardian', async (req, res, next) => {
  if ('token' in req.query) await checkSignature(req, res);
  next();
});

/** The guardian's door: by link, without an account. */
export const guardians = Router();
guardians.get('/guardian', showGuardian);
guardians.post('/guardian/consent', submitConsent);
guardians.post('/guardian/refusal', submitRefusal);
guardians.post('/guardian/withdrawal', submitWithdrawal);

async function checkSignature(req: Request, res: Response): Promise<void> {
  const guardianId = verifyLink('guardian', req.query.token);
  if (guardianId === null) {
    await countBadLink(req);
    throw new BadGuardianLink();
  }
  res.locals.guardianId = guardianId;
}

async function showGuardian(req: Request, res: Response): Promise<void> {
  const guardianId = res.locals.guardianId as string | undefined;
  if (guardianId === undefined) return renderGuardian(emptyForm, req, res);
  await openGuardian(guardianId);
  if (req.method === 'GET') {
    // An attacker may have planted the cookie that this browser came with: its old session must not see the page.
    await changeSessionId(req);
    req.session.guardianId = guardianId;
    await saveSession(req);
  }
  res.redirect(303, '/guardian');
}

async function renderGuardian(form: FormState, req: Request, res: Response): Promise<void> {
  const { guardian, ward } = await openGuardian(req.session.guardianId);
  const disclosure = await currentDisclosure();
  const policy = await readSettings();
  const now = new Date();
  res.render('consent/guardian', {
    ...form,
    guardian,
    child: childOnPage(ward, policy, now),
    standing: standingOf(ward, policy, now),
    renewable: renewalDue(ward, now),
    until: ward.consentExpiresAt,
    disclosure,
    paragraphs: await paragraphsOf(disclosure),
  });
}

async function submitConsent(req: Request, res: Response): Promise<void> {
  const { guardian, ward } = await openGuardian(req.session.guardianId);
  const form = readForm(consentForm, req.body);
  const granted = await form.run(async () => {
    await grant(guardian.id, actorOf(req, res));
    return true;
  });
  if (!granted) {
    res.status(422);
    return renderGuardian({ values: form.values, errors: form.errors }, req, res);
  }
  await answer(`Thank you. You have consented for ${ward.firstName}.`, req, res);
}

async function submitRefusal(req: Request, res: Response): Promise<void> {
  const { guardian, ward } = await openGuardian(req.session.guardianId);
  await refuse(guardian.id, actorOf(req, res));
  await answer(`Thank you for your answer. ${ward.firstName} has no access.`, req, res);
}

async function submitWithdrawal(req: Request, res: Response): Promise<void> {
  const { guardian, ward } = await openGuardian(req.session.guardianId);
  await withdraw(guardian.id, actorOf(req, res));
  await answer(`Your consent is withdrawn. ${ward.firstName}’s access has ended.`, req, res);
}

async function answer(message: string, req: Request, res: Response): Promise<void> {
  flash(req, 'success', message);
  await saveSession(req);
  res.redirect(303, '/guardian');
}

/** @throws BadGuardianLink when no link was opened, DeadGuardianLink when nobody is to be answered for any more */
async function openGuardian(guardianId: string | undefined): Promise<{ guardian: Guardian; ward: Ward }> {
  if (guardianId === undefined) throw new BadGuardianLink();
  const guardian = await guardianById(guardianId);
  const ward = guardian && (await wardOf(guardian));
  if (!guardian || !ward)
    throw new DeadGuardianLink('What you were asked about is no longer there, and nothing of it is kept.');
  if (guardian.retiredAt !== null)
    throw new DeadGuardianLink('Somebody else has been asked since, or a newer mail was sent to you.');
  return { guardian, ward };
}
