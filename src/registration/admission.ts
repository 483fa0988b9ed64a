import type { Request } from 'express';
import { earliestReturn } from '../alumni/age.ts';
import { recordsForAddress } from '../alumni/record.ts';
import { BadRequest, HomecomingError, type WayOn } from '../errors.ts';
import type { FoundLink } from '../invitations/link.ts';
import { findLink } from '../invitations/link.ts';
import { readSettings } from '../settings.ts';
import { date } from '../web/view.ts';
import { TooYoung } from './too-young.ts';

/** What an opened link allows: ids only, never the link itself. The words are fixed for outside programs. */
export type Admission = {
  token_id: string;
  invitation_id: string;
  email: string;
  mailbox_proven: boolean;
};

declare module 'express-session' {
  interface SessionData {
    admission: Admission;
  }
}

const signIn: WayOn = { label: 'Sign in', url: '/sign-in' };
const resetPassword: WayOn = { label: 'Reset your password', url: '/forgot-password' };
const newLink: WayOn = { label: 'Ask for a new link', url: '/register/new-link' };

/** Malformed, forged or unknown. */
export class BadInvitationLink extends BadRequest {
  override readonly title = 'Invalid invitation link';
  override readonly ways = [signIn, newLink];

  constructor() {
    super(
      'Open the link from your mail again, or copy the whole of it. If it still doesn’t work, please write to us.',
    );
  }
}

/** A link of ours that lets nobody in any more. */
export class DeadLink extends HomecomingError {
  override readonly status = 410;
  override readonly title: string;
  override readonly ways: readonly WayOn[];
  override readonly reference: string;

  constructor(reference: string, title: string, message: string, ways: readonly WayOn[] = []) {
    super(message);
    this.title = title;
    this.ways = ways;
    this.reference = reference;
  }
}

/** What the holder of a link is admitted to. */
export function admit(link: FoundLink, mailboxProven: boolean): Admission {
  return {
    token_id: link.linkId,
    invitation_id: link.invitationId,
    email: link.email,
    mailbox_proven: mailboxProven,
  };
}

/** The link that is being opened. @throws BadInvitationLink, DeadLink, TooYoung */
export async function openLink(linkId: string): Promise<FoundLink> {
  const link = await findLink(linkId);
  if (!link) throw new BadInvitationLink();
  const dead = await whyDead(link);
  if (dead) throw dead;
  return link;
}

/** The link behind the session, checked again at each step. @throws BadInvitationLink when none was opened, DeadLink, TooYoung */
export async function admittedLink(req: Request): Promise<FoundLink> {
  const { admission } = req.session;
  if (!admission) throw new BadInvitationLink();
  return openLink(admission.token_id);
}

/** The page for a link that lets nobody in, or null while it does. */
export async function whyDead(link: FoundLink): Promise<HomecomingError | null> {
  const { reference } = link;
  if (link.acceptedAt) {
    const message = 'If it was you, sign in with your address and password.';
    return new DeadLink(reference, 'This invitation has already been used', message, [signIn, resetPassword]);
  }
  if (link.revokedAt) {
    const message =
      'It was taken back by the alumni office. If you think that is a mistake, please write to us.';
    return new DeadLink(reference, 'This invitation is no longer valid', message);
  }
  if (link.declinedAt) {
    const message =
      'If you have changed your mind, ask for a new link and the alumni office will look at it.';
    return new DeadLink(reference, `You declined this invitation on ${date(link.declinedAt)}`, message, [
      newLink,
    ]);
  }
  if (link.ageBlockedAt) return new TooYoung(await knownReturn(link), reference);
  if (link.retiredAt) {
    const title = `A newer link was sent on ${date(link.newerAt ?? link.retiredAt)}`;
    return new DeadLink(
      reference,
      title,
      'Please look for the newest mail from us, or ask for another one.',
      [newLink],
    );
  }
  if (link.expiresAt > new Date()) return null;
  const title = `Your invitation has expired (valid until: ${date(link.expiresAt)})`;
  return new DeadLink(reference, title, 'We can send you a new link to the same address at once.', [newLink]);
}

// What was typed isn't kept, so only the one record of an address can tell; never to whoever was handed a link, who may
// not be its owner.
async function knownReturn({ email, delivery }: FoundLink): Promise<Date | null> {
  if (delivery === 'link') return null;
  const [record, another] = await recordsForAddress(email);
  if (!record || another || record.yearOfBirth === null) return null;
  const returnOn = earliestReturn(record.yearOfBirth, await readSettings());
  return returnOn > new Date() ? returnOn : null;
}
