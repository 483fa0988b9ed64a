import { firstUnblockedDay } from '../../alumni/age.ts';
import { listRecordsForAddress } from '../../alumni/record.ts';
import type { FoundLink } from '../../invitations/link.ts';
import { signLinkToken } from '../../platform/crypto/signed-links.ts';
import { BadRequest, HomecomingError, type PageAction } from '../../platform/errors.ts';
import { type Day, dayOf, formatDate, formatDateTime } from '../../platform/i18n/dates.ts';
import { maskAddress } from '../../platform/text/address.ts';
import { readSettings } from '../../settings/settings.ts';
import { TooYoung } from './too-young.ts';

export const signInAction: PageAction = { label: 'Sign in', url: '/sign-in' };
const resetPasswordAction: PageAction = { label: 'Reset your password', url: '/forgot-password' };
export const newLinkAction: PageAction = { label: 'Ask for a new link', url: '/register/new-link' };

/** The link is malformed, forged or unknown. */
export class InvalidInvitationLink extends BadRequest {
  override readonly title = 'Invalid invitation link';
  override readonly actions = [signInAction, newLinkAction];

  constructor() {
    super(
      'Tap the button in our e-mail again. If you pasted the link, check that you copied all of it. If it still doesn’t work, please write to us.',
    );
  }
}

/** The link is genuine but can't be redeemed any more. */
export class UnusableInvitationLink extends HomecomingError {
  override readonly status = 410;
  override readonly title: string;
  override readonly actions: readonly PageAction[];
  override readonly reference: string;

  constructor(reference: string, title: string, message: string, actions: readonly PageAction[] = []) {
    super(message);
    this.title = title;
    this.actions = actions;
    this.reference = reference;
  }
}

/**
 * Finds out why a link can't be redeemed.
 * @param isMailboxProven whether this session has proven the mailbox; a newer link doesn't supersede it then
 * @returns the error to show, or null if the link can be redeemed
 */
export async function findLinkError(
  link: FoundLink,
  isMailboxProven = false,
): Promise<HomecomingError | null> {
  const { reference } = link;
  if (link.acceptedAt) {
    const message = 'If it was you, sign in with your address and password.';
    return new UnusableInvitationLink(reference, 'This invitation has already been used', message, [
      signInAction,
      resetPasswordAction,
    ]);
  }
  if (link.revokedAt) {
    const message =
      'The alumni office has cancelled this invitation. If you think that is a mistake, please write to us.';
    return new UnusableInvitationLink(reference, 'This invitation is no longer valid', message);
  }
  if (link.declinedAt) return declinedLinkError(link, link.declinedAt, isMailboxProven);
  if (link.ageBlockedAt) return new TooYoung(await findUnblockedDay(link), reference);
  const isForOtherAddress = link.linkEmail.toLowerCase() !== link.email.toLowerCase();
  if (link.newerLinkSentAt && (isForOtherAddress || !isMailboxProven)) {
    const title = `A newer link was sent on ${formatDateTime(link.newerLinkSentAt)}`;
    const message = 'Please open the link in the newest e-mail from us. We can also send you another one.';
    return isForOtherAddress
      ? new UnusableInvitationLink(
          reference,
          title,
          'It was sent to another address. If you think that is a mistake, please write to us.',
        )
      : new UnusableInvitationLink(reference, title, message, [sendNewLinkAction(link)]);
  }
  if (link.expiresAt > new Date()) return null;
  const title = `Your invitation has expired (valid until: ${formatDate(link.expiresAt)})`;
  const message = 'We can send a new link to the same address.';
  return new UnusableInvitationLink(reference, title, message, [sendNewLinkAction(link)]);
}

function declinedLinkError(
  link: FoundLink,
  declinedAt: Date,
  isMailboxProven: boolean,
): UnusableInvitationLink {
  const title = `You declined this invitation on ${formatDate(declinedAt)}`;
  const canUndo = canUndoDecline(link, isMailboxProven);
  const undoAction: PageAction = {
    label: 'I changed my mind',
    url: '/register/decline/undo',
    fields: { token: signLinkToken('invitation', link.linkId) },
  };
  return canUndo
    ? new UnusableInvitationLink(
        link.reference,
        title,
        'If you have changed your mind, you can still accept it.',
        [undoAction],
      )
    : new UnusableInvitationLink(link.reference, title, 'If you have changed your mind, please write to us.');
}

/**
 * Whether this link can undo a decline before the invitation expires. Superseded links can't, and shared links can't
 * because their holder may not be the person who declined. A session that has proven the mailbox always can.
 */
export function canUndoDecline(
  { expiresAt, delivery, newerLinkSentAt }: FoundLink,
  isMailboxProven: boolean,
): boolean {
  return expiresAt > new Date() && (isMailboxProven || (delivery === 'mail' && newerLinkSentAt === null));
}

/** A button that sends a new link to the invitation's address. */
function sendNewLinkAction({ email, linkId }: FoundLink): PageAction {
  return {
    label: `Send a new link to ${maskAddress(email)}`,
    url: '/register/new-link',
    fields: { token: signLinkToken('invitation', linkId) },
  };
}

// The entered year isn't stored, so the date is only known if the address has exactly one record. It is hidden from the
// holder of a shared link, who may be someone else.
async function findUnblockedDay({ email, delivery }: FoundLink): Promise<Day | null> {
  if (delivery === 'link') return null;
  const [record, other] = await listRecordsForAddress(email);
  if (!record || other || record.yearOfBirth === null) return null;
  const unblockedOn = firstUnblockedDay(record.yearOfBirth, await readSettings());
  return unblockedOn > dayOf(new Date()) ? unblockedOn : null;
}
