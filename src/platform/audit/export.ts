import { inTransaction } from '../db/database.ts';
import { t } from '../i18n/i18n.ts';
import { type Table, type TableColumn, tableOf } from '../tables/write.ts';
import { type Actor, recordEvent } from './audit.ts';
import { type EventFilter, type ListedEvent, readEventsInChunks } from './list.ts';

const listColumns = (): readonly TableColumn<ListedEvent>[] => [
  { heading: t('audit:export.number'), value: ({ id }) => id },
  { heading: t('audit:export.at'), value: ({ at }) => at, isTime: true },
  { heading: t('audit:export.actor'), value: ({ actor }) => actor },
  { heading: t('audit:export.actorNumber'), value: ({ actorAccountId }) => actorAccountId },
  { heading: t('audit:export.actorName'), value: ({ actorName }) => actorName },
  { heading: t('audit:export.apiKey'), value: ({ apiKeyName }) => apiKeyName },
  { heading: t('audit:export.action'), value: ({ action }) => action },
  { heading: t('audit:export.subject'), value: ({ subjectType }) => subjectType },
  { heading: t('audit:export.subjectNumber'), value: ({ subjectId }) => subjectId },
  { heading: t('audit:export.subjectName'), value: ({ subjectName }) => subjectName },
  { heading: t('audit:export.detail'), value: ({ detail }) => JSON.stringify(detail) },
  { heading: t('audit:export.ip'), value: ({ ip }) => ip },
  { heading: t('audit:export.reference'), value: ({ requestId }) => requestId },
];

/** Streams all matching events as a table, and records an event with the filter used. */
export async function exportEvents(filter: EventFilter, actor: Actor): Promise<Table> {
  const detail = Object.fromEntries(
    Object.entries(filter).filter(([, value]) => value !== null && value !== ''),
  );
  const event = { action: 'audit.exported', subject: 'audit', subjectId: 'events', detail } as const;
  await inTransaction(() => recordEvent(actor, event));
  return tableOf(listColumns(), readEventsInChunks(filter));
}
