import type { ListedEvent } from '../../platform/audit/list.ts';
import { formatDay } from '../../platform/i18n/dates.ts';
import { formatList, formatNumber, hasText, rich, type TextPart, t } from '../../platform/i18n/i18n.ts';
import type { Resources } from '../../platform/i18n/types.d.ts';
import { templateTitle } from '../../settings/mails/samples.ts';

/** An event in words. URLs are null if there is no page to link to. */
export type EventDescription = Readonly<{
  id: string;
  at: Date;
  /** The action in a few words, such as "Invitation revoked". */
  title: string;
  /** "Ada revoked the invitation of amma@example.org". A part has the tag `actor` or `subject` only if it has a URL. */
  sentence: readonly TextPart[];
  actor: string;
  actorUrl: string | null;
  subject: string;
  subjectUrl: string | null;
  details: readonly EventDetail[];
}>;

/** `name` is the name in the event's `detail`. */
type EventDetail = Readonly<{ name: string; text: string }>;

type ActionTexts = Resources['audit']['actions'];
type KnownAction = {
  [Noun in keyof ActionTexts]: `${Noun}.${keyof ActionTexts[Noun] & string}`;
}[keyof ActionTexts];

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

// Their subjects have no name.
const subjectPages: Readonly<Record<string, string>> = {
  settings: '/admin/settings',
  'legal-text': '/admin/settings',
  'api-key': '/admin/api-keys',
};

// Ids that only a developer can use. They are in the CSV file.
const hiddenDetails = new Set([
  'accountId',
  'before',
  'consentId',
  'creatorId',
  'deliveryId',
  'delivery',
  'droppedProfiles',
  'guardianId',
  'host',
  'membershipId',
  'membershipIds',
  'method',
  'movedProfiles',
  'policyVersion',
  'profileId',
  'relationship',
  'requestId',
  'type',
  'version',
]);

// They choose the sentence, see `contextOf`.
const detailsInSentence: Readonly<Record<string, string>> = {
  'membership.joined': 'by',
  'membership.role-changed': 'by',
  'suppression.created': 'kind',
};

export function describeEvent(event: ListedEvent): EventDescription {
  const actor = event.actorName ?? t(`audit:actors.${event.actor}`);
  const actorUrl = event.actorName === null ? null : `/admin/people/${event.actorAccountId}`;
  const subject = subjectName(event);
  const subjectUrl = subjectUrlOf(event);
  return {
    id: event.id,
    at: event.at,
    title: actionTitle(event.action),
    sentence: describeInSentence(event, { actor, subject }).map((part) => {
      const url = part.tag === 'actor' ? actorUrl : subjectUrl;
      return url === null ? { tag: null, text: part.text } : part;
    }),
    actor,
    actorUrl,
    subject,
    subjectUrl,
    details: [
      ...Object.entries(event.detail).flatMap(([name, value]) => describeDetail(name, value, event)),
      ...(event.apiKeyName === null
        ? []
        : [{ name: 'apiKey', text: t('audit:details.apiKey', { value: event.apiKeyName }) }]),
      ...(event.ip === null ? [] : [{ name: 'ip', text: t('audit:details.ip', { value: event.ip }) }]),
      ...(event.requestId === null
        ? []
        : [{ name: 'reference', text: t('audit:details.reference', { value: event.requestId }) }]),
    ],
  };
}

/** `invitation.revoked` → "Invitation revoked" */
export function actionTitle(action: string): string {
  return isKnownAction(action) ? t(`audit:actions.${action}`) : humanise(action.replace('.', ' '));
}

/** `alumni-record` → "Alumni record" */
export function subjectTypeTitle(subjectType: string): string {
  return findText(`audit:subjectTypes.${subjectType}`) ?? humanise(subjectType);
}

function describeInSentence(
  event: ListedEvent,
  names: Readonly<{ actor: string; subject: string }>,
): TextPart[] {
  const { action } = event;
  if (!isKnownAction(action)) return rich('audit:other', { ...names, action: actionTitle(action) });
  const person = event.personName ?? t('audit:deleted.account');
  const parts = rich(`audit:events.${action}`, { ...names, person, context: contextOf(event) });
  const [first, ...others] = parts;
  const beginsWithDeleted =
    first !== undefined && deletedNames(event).some((name) => first.text.startsWith(name));
  return beginsWithDeleted ? [{ ...first, text: capitalise(first.text) }, ...others] : parts;
}

/** What stands for the names of a deleted person and subject, such as "a deleted account". */
function deletedNames({ subjectType }: ListedEvent): string[] {
  return [t('audit:deleted.account'), findText(`audit:deleted.${subjectType}`) ?? t('audit:deleted.account')];
}

/** The suffix of the key for sentences that depend on more than the action. A key without it is the default. */
function contextOf({ action, actor, actorAccountId, subjectId, detail }: ListedEvent): string | undefined {
  const isOwn = actorAccountId !== null && actorAccountId === subjectId;
  switch (action) {
    case 'access.denied':
      return detail.method === 'GET' ? 'get' : undefined;
    case 'account.role-changed':
      if ('staffRole' in detail) return detail.staffRole === 'admin' ? 'selfAdmin' : 'selfSupport';
      return detail.to === null ? 'none' : String(detail.to);
    case 'alumni-record.imported':
      return subjectId === 'import' ? undefined : 'record';
    case 'bulk-action.started':
      return String(detail.type);
    case 'invitation.created':
    case 'invitation.resent':
      return String(detail.delivery);
    case 'invitation.declined':
      return detail.reason === 'deceased' ? 'deceased' : undefined;
    case 'membership.joined':
      return String(detail.by);
    case 'membership.role-changed':
      return detail.by === 'invitation' ? 'self' : undefined;
    case 'profile.claimed':
      return String(detail.relationship);
    case 'suppression.created':
      return String(detail.kind);
    default:
      if (!action.startsWith('account.')) return undefined;
      return isOwn ? 'self' : actor;
  }
}

function subjectName({ subjectType, subjectName: name, detail }: ListedEvent): string {
  const nameWhenDeleted = detail.fileName ?? detail.name ?? detail.host;
  if (name !== null) return name;
  if (typeof nameWhenDeleted === 'string') return nameWhenDeleted;
  return findText(`audit:deleted.${subjectType}`) ?? subjectTypeTitle(subjectType);
}

function subjectUrlOf({ subjectType, subjectId, subjectName: name }: ListedEvent): string | null {
  const isDeleted = name === null && hasText(`audit:deleted.${subjectType}`);
  const listUrl = subjectUrls[subjectType];
  if (isDeleted || listUrl === undefined) return subjectPages[subjectType] ?? null;
  return `${listUrl}/${encodeURIComponent(subjectId)}`;
}

function describeDetail(name: string, value: unknown, event: ListedEvent): EventDetail[] {
  const isInSentence = detailsInSentence[event.action] === name;
  const isNothing =
    value === null ||
    value === '' ||
    value === false ||
    value === 0 ||
    (Array.isArray(value) && !value.length);
  if (isNothing || isInSentence || hiddenDetails.has(name) || isNameOfDeleted(name, event)) return [];
  const key = name === 'columns' && event.subjectType === 'alumni-record' ? 'changed' : name;
  const values = { name: humanise(name), value: formatDetail(name, value) };
  const outcome = typeof value === 'number' ? findText(`audit:outcomes.${name}`, values) : undefined;
  const text = outcome ?? findText(`audit:details.${key}`, values) ?? t('audit:details.other', values);
  return [{ name, text }];
}

function isNameOfDeleted(name: string, { subjectName: shown }: ListedEvent): boolean {
  return (name === 'fileName' || name === 'name') && shown === null;
}

function formatDetail(name: string, value: unknown): string {
  if (typeof value === 'number') return formatNumber(value);
  if (Array.isArray(value)) return formatList(value.map((item) => formatDetail(name, item)));
  if (typeof value === 'object' && value !== null) return formatFilter(value);
  const text = String(value);
  if (name === 'expiresAt') return formatDay(new Date(text));
  if (name === 'template') return templateTitle(text);
  if (name === 'path') return text.replaceAll(':id', '…');
  if (name === 'changed') return findText(`audit:settings.${text}`) ?? humanise(text);
  if (name === 'override') return findText(`audit:warnings.${text}`) ?? text;
  if (name === 'columns' || name === 'fieldsFromOther')
    return findText(`audit:fields.${toCamelCase(text)}`) ?? humanise(text);
  return codedDetails.has(name) ? (findText(`audit:values.${text}`) ?? text) : text;
}

const codedDetails = new Set([
  'by',
  'from',
  'groupRole',
  'kind',
  'message',
  'previousState',
  'reason',
  'removalReason',
  'resolution',
  'role',
  'staffRole',
  'to',
]);

function formatFilter(filter: object): string {
  const parts = Object.entries(filter).flatMap(([name, value]) => {
    if (value === null || value === '' || value === false) return [];
    const label = findText(`audit:filters.${name}`) ?? humanise(name);
    if (value === true) return [label];
    const shown = typeof value === 'object' ? Object.values(value as object).join(', ') : String(value);
    return [t('audit:filterPart', { name: label, value: shown })];
  });
  return parts.length === 0 ? t('audit:values.none') : parts.join('; ');
}

function isKnownAction(action: string): action is KnownAction {
  return hasText(`audit:actions.${action}`);
}

/** A text for a name that comes from the database, if there is one. */
function findText(key: `audit:${string}`, values: Readonly<Record<string, string>> = {}): string | undefined {
  return hasText(key)
    ? t(key as 'audit:other', values as { actor: string; action: string; subject: string })
    : undefined;
}

/** For names without a text: `alumni-record` → "Alumni record" */
function humanise(name: string): string {
  const words = name
    .replaceAll(/([a-z])([A-Z])/g, '$1 $2')
    .replaceAll('-', ' ')
    .toLowerCase();
  return capitalise(words);
}

function capitalise(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function toCamelCase(name: string): string {
  return name.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
