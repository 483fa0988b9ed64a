import type { InvitationHistory } from '../../invitations/history.ts';
import type { Diagnosis } from './diagnosis.ts';

/** One button of the page of an invitation: a link to a page, or a form, which may send `delivery`. */
export type Button = Readonly<{
  label: string;
  url: string;
  isForm: boolean;
  delivery: 'mail' | 'link' | null;
  isFinal: boolean;
}>;

/** `main` is the one that the diagnosis asks for; null where there is nothing to do, or nothing that this reader may. */
export type InvitationActions = Readonly<{
  main: Button | null;
  others: readonly Button[];
  needsAdmin: boolean;
}>;

/** What can be done to an invitation: all of it by administrators, sending again by support too. */
export function availableActions(
  history: InvitationHistory,
  { suggestedAction }: Diagnosis,
  isAdmin: boolean,
): InvitationActions {
  const { invitation } = history;
  const buttons = buildButtons(history);
  const main = suggestedAction === null ? null : buttons[suggestedAction];
  const canMain =
    main !== null && (isAdmin || suggestedAction === 'resend' || suggestedAction === 'successor');
  // Neither can be done while the address is blocked.
  const links =
    history.blockingReasons.length > 0 ? [] : [buttons.resend, ...(isAdmin ? [buttons.share] : [])];
  const offered = [...links, ...(isAdmin ? [buttons.extension, buttons.address] : [])];
  const others = invitation.isOpen ? [...offered, ...(isAdmin ? [buttons.revocation] : [])] : [];
  return {
    main: canMain ? main : null,
    others: others.filter((button) => button !== main),
    needsAdmin: main !== null && !canMain,
  };
}

function buildButtons({ invitation, link }: InvitationHistory) {
  const invitationUrl = `/admin/invitations/${invitation.id}`;
  const newInvitationUrl = '/admin/invitations/new';
  const inviteAgainUrl = `${newInvitationUrl}?${new URLSearchParams({ email: invitation.email })}`;
  return {
    resend: {
      label: link?.delivery === 'link' ? 'Send it by mail' : 'Send again',
      url: `${invitationUrl}/resends`,
      isForm: true,
      delivery: 'mail',
      isFinal: false,
    },
    share: {
      label: 'Make a link to hand on',
      url: `${invitationUrl}/resends`,
      isForm: true,
      delivery: 'link',
      isFinal: false,
    },
    reopening: { ...pageButton('Reopen', `${invitationUrl}/reopening`), isForm: true },
    extension: pageButton('Give more time …', `${invitationUrl}/extension`),
    address: pageButton('Correct the address …', `${invitationUrl}/address`),
    revocation: { ...pageButton('Revoke …', `${invitationUrl}/revocation`), isFinal: true },
    invite: pageButton('Invite another address …', newInvitationUrl),
    'invite-again': pageButton('Invite again …', inviteAgainUrl),
    successor: pageButton('See the newer invitation', `/admin/invitations/${invitation.replacedBy}`),
  } as const satisfies Record<string, Button>;
}

function pageButton(label: string, url: string): Button {
  return { label, url, isForm: false, delivery: null, isFinal: false };
}
