import { config } from '../../platform/config/config.ts';
import { type LinkPurpose, reissueLinkToken } from '../../platform/crypto/signed-links.ts';
import type { MailTemplate } from '../../platform/mail/template.ts';
import { maskAddress } from '../../platform/text/address.ts';
import { AddressChange } from './address-change.ts';
import { findOpenedAddressChange, isUndoable, UNDO_DAYS } from './apply.ts';

/** The page that the mail's button opens, and until when it can be used. */
type Link = Readonly<{ link: string; until: Date }>;

/** To the new mailbox: confirms the change. */
async function confirmLink({
  id,
  confirmTokenHash: hash,
  expiresAt: until,
}: AddressChange): Promise<Link | null> {
  if (!(await findOpenedAddressChange(id))) return null;
  return { link: linkTo('/change-address', 'address-change', id, hash), until };
}

/** To the old mailbox: stops or undoes the change. */
async function undoLink({ id, undoTokenHash, confirmedAt, expiresAt }: AddressChange): Promise<Link | null> {
  if (!(await isUndoable(id))) return null;
  const until = confirmedAt ? new Date(confirmedAt.getTime() + UNDO_DAYS * 86_400_000) : expiresAt;
  return { link: linkTo('/undo-address-change', 'address-undo', id, undoTokenHash), until };
}

const links = {
  'address-change': confirmLink,
  'address-taken': async ({ expiresAt: until }) => ({ link: `${config.baseUrl}/sign-in`, until }),
  'address-change-announced': undoLink,
  'address-changed': undoLink,
  'address-restored': async ({ expiresAt: until }) => ({
    link: `${config.baseUrl}/forgot-password/mailbox-lost`,
    until,
  }),
} satisfies Record<string, (change: AddressChange) => Promise<Link | null>>;

/** Mails about a change of address, to the new and the old mailbox. The old one sees the new address only in part. */
export const addressMails: readonly MailTemplate[] = Object.entries(links).map(([name, findLink]) => ({
  name,
  views: 'accounts/mails/address-notice',
  async loadValues({ subjectId, queuedAt: at }) {
    const change = await AddressChange.findByPk(subjectId, { include: 'account' });
    const link = change && (await findLink(change));
    if (!change?.account || !link) return null;
    const { oldEmail, newEmail, reason } = change;
    const asked = reason === null ? 'member' : 'staff';
    // The owner of a mistyped address learns neither the member's name nor address.
    const isStranger = name === 'address-taken';
    return {
      ...link,
      notice: name,
      asked,
      name: isStranger ? '' : change.account.name,
      oldEmail: isStranger ? '' : maskAddress(oldEmail),
      newEmail:
        name.startsWith('address-change-') || name === 'address-changed' ? maskAddress(newEmail) : newEmail,
      at,
    };
  },
}));

function linkTo(path: string, purpose: LinkPurpose, id: string, hash: Buffer): string {
  return `${config.baseUrl}${path}?token=${reissueLinkToken(purpose, id, hash)}`;
}
