import type { InvitationHistory } from '../../invitations/history.ts';
import { t } from '../../platform/i18n/i18n.ts';
import type { Diagnosis } from './diagnosis.ts';

/** A button on the page of an invitation: a link, or a form that may send `delivery`. */
export type Button = Readonly<{
  label: string;
  url: string;
  isForm: boolean;
  delivery: 'mail' | 'link' | null;
  isFinal: boolean;
}>;

/** `main` is the button for the diagnosis. Null if there is nothing to do, or if the viewer may not do it. */
export type InvitationActions = Readonly<{
  main: Button | null;
  others: readonly Button[];
  needsAdmin: boolean;
}>;

/** The actions on an invitation. Support may only resend. */
export function availableActions(
  history: InvitationHistory,
  { suggestedAction }: Diagnosis,
  isAdmin: boolean,
): InvitationActions {
  const { invitation } = history;
  const buttons = buildButtons(history);
  const main = suggestedAction === null ? null : buttons[suggestedAction];
  const canUseMain =
    main !== null && (isAdmin || suggestedAction === 'resend' || suggestedAction === 'successor');
  // A blocked address gets no new link.
  const linkButtons =
    history.blockingReasons.length > 0 ? [] : [buttons.resend, ...(isAdmin ? [buttons.share] : [])];
  const openButtons = [...linkButtons, ...(isAdmin ? [buttons.extension, buttons.address] : [])];
  const others = invitation.isOpen ? [...openButtons, ...(isAdmin ? [buttons.revocation] : [])] : [];
  return {
    main: canUseMain ? main : null,
    others: others.filter((button) => button !== main),
    needsAdmin: main !== null && !canUseMain,
  };
}

function buildButtons({ invitation, link }: InvitationHistory) {
  const invitationUrl = `/admin/invitations/${invitation.id}`;
  const newInvitationUrl = '/admin/invitations/new';
  const inviteAgainUrl = `${newInvitationUrl}?${new URLSearchParams({ email: invitation.email })}`;
  return {
    resend: {
      label:
        link?.delivery === 'link' ? t('invitations:actions.sendByMail') : t('invitations:actions.resend'),
      url: `${invitationUrl}/resends`,
      isForm: true,
      delivery: 'mail',
      isFinal: false,
    },
    share: {
      label: t('invitations:actions.share'),
      url: `${invitationUrl}/resends`,
      isForm: true,
      delivery: 'link',
      isFinal: false,
    },
    reopening: { ...pageButton(t('invitations:actions.reopen'), `${invitationUrl}/reopening`), isForm: true },
    extension: pageButton(t('invitations:actions.extend'), `${invitationUrl}/extension`),
    address: pageButton(t('invitations:actions.correctAddress'), `${invitationUrl}/address`),
    revocation: {
      ...pageButton(t('invitations:actions.revoke'), `${invitationUrl}/revocation`),
      isFinal: true,
    },
    invite: pageButton(t('invitations:actions.inviteAnother'), newInvitationUrl),
    'invite-again': pageButton(t('invitations:actions.inviteAgain'), inviteAgainUrl),
    successor: pageButton(t('invitations:actions.seeNewer'), `/admin/invitations/${invitation.replacedBy}`),
  } as const satisfies Record<string, Button>;
}

function pageButton(label: string, url: string): Button {
  return { label, url, isForm: false, delivery: null, isFinal: false };
}
