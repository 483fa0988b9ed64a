import { earliestReturn } from '../alumni/age.ts';
import { recordsForAddress } from '../alumni/record.ts';
import { BadRequest, HomecomingError, type WayOn } from '../errors.ts';
import type { FoundLink } from '../invitations/link.ts';
import { signLink } from '../links.ts';
import { maskAddress } from '../mail/address.ts';
import { readSettings } from '../settings.ts';
import { date, dateTime } from '../web/view.ts';
import { TooYoung } from './too-young.ts';

export const signIn: WayOn = { label: 'Sign in', url: '/sign-in' };
const resetPassword: WayOn = { label: 'Reset your password', url: '/forgot-password' };
export const newLink: WayOn = { label: 'Ask for a new link', url: '/register/new-link' };

/** Malformed, forged or unknown. */
export class BadInvitationLink extends BadRequest {
  override readonly title = 'Invalid invitation link';
  override readonly ways = [signIn, newLink];

  constructor() {
    super(
      'Tap the button in our e-mail again. If you pasted the link, check that you copied all of it. If it still doesn’t work, please write to us.',
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

/**
 * The page for a link that lets nobody in, or null while it does. A newer link ends no session that has `proven` the mailbox.
 */
export async function whyDead(link: FoundLink, proven = false): Promise<HomecomingError | null> {
  const { reference } = link;
  if (link.acceptedAt) {
    const message = 'If it was you, sign in with your address and password.';
    return new DeadLink(reference, 'This invitation has already been used', message, [signIn, resetPassword]);
  }
  if (link.revokedAt) {
    const message =
      'The alumni office has cancelled this invitation. If you think that is a mistake, please write to us.';
    return new DeadLink(reference, 'This invitation is no longer valid', message);
  }
  if (link.declinedAt) return declined(link, link.declinedAt, proven);
  if (link.ageBlockedAt) return new TooYoung(await knownReturn(link), reference);
  const isOthers = link.madeFor.toLowerCase() !== link.email.toLowerCase();
  if (link.newerSentAt && (isOthers || !proven)) {
    const title = `A newer link was sent on ${dateTime(link.newerSentAt)}`;
    const message = 'Please open the link in the newest e-mail from us. We can also send you another one.';
    return isOthers
      ? new DeadLink(
          reference,
          title,
          'It was sent to another address. If you think that is a mistake, please write to us.',
        )
      : new DeadLink(reference, title, message, [sendNewLink(link)]);
  }
  if (link.expiresAt > new Date()) return null;
  const title = `Your invitation has expired (valid until: ${date(link.expiresAt)})`;
  const message = 'We can send a new link to the same address.';
  return new DeadLink(reference, title, message, [sendNewLink(link)]);
}

function declined(link: FoundLink, declinedAt: Date, proven: boolean): DeadLink {
  const title = `You declined this invitation on ${date(declinedAt)}`;
  const mayUndo = mayUndoDecline(link, proven);
  const change: WayOn = {
    label: 'I changed my mind',
    url: '/register/decline/undoing',
    fields: { token: signLink('invitation', link.linkId) },
  };
  return mayUndo
    ? new DeadLink(link.reference, title, 'If you have changed your mind, you can still accept it.', [change])
    : new DeadLink(link.reference, title, 'If you have changed your mind, please write to us.');
}

/**
 * Whether a decline can be undone by this link: until the invitation expires, and not by an older link that was replaced, nor
 * by one to pass on, whose holder may not be the person who declined. A session that has `proven` the mailbox may in any case.
 */
export function mayUndoDecline({ expiresAt, delivery, newerSentAt }: FoundLink, proven: boolean): boolean {
  return expiresAt > new Date() && (proven || (delivery === 'mail' && newerSentAt === null));
}

/** One button that sends a new link to the invitation's address. */
function sendNewLink({ email, linkId }: FoundLink): WayOn {
  return {
    label: `Send a new link to ${maskAddress(email)}`,
    url: '/register/new-link',
    fields: { token: signLink('invitation', linkId) },
  };
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
