import type { ListedEvent } from '../../platform/audit/list.ts';

/** An event in words. URLs are null if there is no page to link to. */
export type EventDescription = Readonly<{
  id: string;
  at: Date;
  title: string;
  actor: string;
  actorUrl: string | null;
  subject: string;
  subjectUrl: string | null;
  details: readonly Readonly<{ label: string; value: string }>[];
}>;

const actorLabels: Readonly<Record<ListedEvent['actor'], string>> = {
  account: 'An account that is gone',
  visitor: 'A visitor',
  system: 'Homecoming itself',
  command: 'A command on the server',
};

// Only for actions whose name isn't clear on its own.
const actionTitles: Readonly<Record<string, string>> = {
  'access.denied': 'Was refused a page or a form',
  'account.sign-in-failed': 'Sign-in failed',
  'account.password-reset-sent': 'Link for a new password sent by an administrator',
  'account.password-reset-requested': 'Link for a new password asked for',
  'account.two-step-reset': 'Two-step sign-in reset by an administrator',
  'mail.connection-retried': 'Asked to try the mail server again',
  'suppression.created': 'Stopped writing to an address',
  'suppression.lifted': 'Allowed mail to an address again',
  'invitation-request.death-confirmed': 'Confirmed that a person has died',
  'audit.exported': 'Audit downloaded',
};

const subjectUrls: Readonly<Record<string, string>> = {
  account: '/admin/people',
  invitation: '/admin/invitations',
  'alumni-record': '/admin/alumni',
  group: '/admin/groups',
  import: '/admin/imports',
  campaign: '/admin/campaigns',
  profile: '/admin/consents',
  disclosure: '/admin/consents/disclosures',
  message: '/admin/mail',
  'bulk-action': '/admin/bulk-actions',
  'invitation-request': '/admin/requests',
  suppression: '/admin/suppressions',
  webhook: '/admin/webhooks',
};

export function describeEvent(event: ListedEvent): EventDescription {
  const listUrl = subjectUrls[event.subjectType];
  return {
    id: event.id,
    at: event.at,
    title: actionTitle(event.action),
    actor: event.actorName ?? actorLabels[event.actor],
    actorUrl: event.actorName === null ? null : `/admin/people/${event.actorAccountId}`,
    subject: describeSubject(event),
    subjectUrl: listUrl === undefined ? null : `${listUrl}/${encodeURIComponent(event.subjectId)}`,
    details: [
      ...Object.entries(event.detail).flatMap(([key, value]) => describeDetail(key, value)),
      ...(event.ip === null ? [] : [{ label: 'From', value: event.ip }]),
      ...(event.requestId === null ? [] : [{ label: 'Reference', value: event.requestId }]),
    ],
  };
}

/** "Invitation of amma@example.org", "Group “Harbour Chapter”", or "Group 12" if it was deleted. */
function describeSubject({ subjectType, subjectId, subjectName }: ListedEvent): string {
  if (subjectName === null) return `${humanise(subjectType)} ${subjectId}`;
  return /^(group|import|campaign)$/.test(subjectType)
    ? `${humanise(subjectType)} “${subjectName}”`
    : `${humanise(subjectType)} of ${subjectName}`;
}

/** `invitation.code-sent` → "Invitation: code sent" */
export function actionTitle(action: string): string {
  const title = actionTitles[action];
  if (title !== undefined) return title;
  const [noun = '', verb = ''] = action.split('.');
  return `${humanise(noun)}: ${verb.replaceAll('-', ' ')}`;
}

/** `alumni-record` → "Alumni record" */
export function humanise(name: string): string {
  const words = name
    .replaceAll(/([a-z])([A-Z])/g, '$1 $2')
    .replaceAll('-', ' ')
    .toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

function describeDetail(key: string, value: unknown): { label: string; value: string }[] {
  if (value === null || value === '') return [];
  const names =
    key === 'columns' && Array.isArray(value)
      ? value.map((name) => humanise(String(name)).toLowerCase())
      : value;
  return [{ label: humanise(key), value: formatValue(names) }];
}

function formatValue(value: unknown): string {
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (Array.isArray(value)) return value.map(formatValue).join(', ');
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
