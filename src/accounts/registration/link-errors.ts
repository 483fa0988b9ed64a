import { firstUnblockedDay } from '../../alumni/age.ts';
import { listRecordsForAddress } from '../../alumni/record.ts';
import type { FoundLink } from '../../invitations/link.ts';
import { signLinkToken } from '../../platform/crypto/signed-links.ts';
import { BadRequest, HomecomingError, type PageAction } from '../../platform/errors.ts';
import { type Day, dayOf } from '../../platform/i18n/dates.ts';
import { t } from '../../platform/i18n/i18n.ts';
import { maskAddress } from '../../platform/text/address.ts';
import { readSettings } from '../../settings/settings.ts';
import { TooYoung } from './too-young.ts';

export const signInAction = (): PageAction => ({
  label: t('registration:link.actions.signIn'),
  url: '/sign-in',
});
export const newLinkAction = (): PageAction => ({
  label: t('registration:link.actions.newLink'),
  url: '/register/new-link',
});
const resetPasswordAction = (): PageAction => ({
  label: t('registration:link.actions.resetPassword'),
  url: '/forgot-password',
});

/** The link is malformed, forged or unknown. */
export class InvalidInvitationLink extends BadRequest {
  override readonly title = t('registration:link.invalid');
  override readonly actions = [signInAction(), newLinkAction()];

  constructor() {
    super(t('registration:link.invalidText'));
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
    return new UnusableInvitationLink(
      reference,
      t('registration:link.used'),
      t('registration:link.usedText'),
      [signInAction(), resetPasswordAction()],
    );
  }
  if (link.revokedAt) {
    return new UnusableInvitationLink(
      reference,
      t('registration:link.revoked'),
      t('registration:link.revokedText'),
    );
  }
  if (link.declinedAt) return declinedLinkError(link, link.declinedAt, isMailboxProven);
  if (link.ageBlockedAt) return new TooYoung(await findUnblockedDay(link), reference);
  const isForOtherAddress = link.linkEmail.toLowerCase() !== link.email.toLowerCase();
  if (link.newerLinkSentAt && (isForOtherAddress || !isMailboxProven)) {
    const title = t('registration:link.superseded', { at: link.newerLinkSentAt });
    return isForOtherAddress
      ? new UnusableInvitationLink(reference, title, t('registration:link.supersededElsewhereText'))
      : new UnusableInvitationLink(reference, title, t('registration:link.supersededText'), [
          sendNewLinkAction(link),
        ]);
  }
  if (link.expiresAt > new Date()) return null;
  const title = t('registration:link.expired', { until: link.expiresAt });
  return new UnusableInvitationLink(reference, title, t('registration:link.expiredText'), [
    sendNewLinkAction(link),
  ]);
}

function declinedLinkError(
  link: FoundLink,
  declinedAt: Date,
  isMailboxProven: boolean,
): UnusableInvitationLink {
  const title = t('registration:link.declined', { at: declinedAt });
  const canUndo = canUndoDecline(link, isMailboxProven);
  const undoAction: PageAction = {
    label: t('registration:link.actions.undoDecline'),
    url: '/register/decline/undo',
    fields: { token: signLinkToken('invitation', link.linkId) },
  };
  return canUndo
    ? new UnusableInvitationLink(link.reference, title, t('registration:link.declinedText'), [undoAction])
    : new UnusableInvitationLink(link.reference, title, t('registration:link.declinedFinalText'));
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
    label: t('registration:link.actions.sendNewLink', { address: maskAddress(email) }),
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
