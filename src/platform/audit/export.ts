import type { Readable } from 'node:stream';
import { type CsvColumn, writeCsv } from '../csv/write.ts';
import { inTransaction } from '../db/database.ts';
import { type Actor, recordEvent } from './audit.ts';
import { type EventFilter, type ListedEvent, readEventsInChunks } from './list.ts';

const columns: readonly CsvColumn<ListedEvent>[] = [
  { heading: 'Number', value: ({ id }) => id },
  { heading: 'At', value: ({ at }) => at },
  { heading: 'Actor', value: ({ actor }) => actor },
  { heading: 'Actor number', value: ({ actorAccountId }) => actorAccountId },
  { heading: 'Actor name', value: ({ actorName }) => actorName },
  { heading: 'Action', value: ({ action }) => action },
  { heading: 'Subject', value: ({ subjectType }) => subjectType },
  { heading: 'Subject number', value: ({ subjectId }) => subjectId },
  { heading: 'Subject name', value: ({ subjectName }) => subjectName },
  { heading: 'Detail', value: ({ detail }) => JSON.stringify(detail) },
  { heading: 'IP address', value: ({ ip }) => ip },
  { heading: 'Reference', value: ({ requestId }) => requestId },
];

/** Streams all matching events as CSV, and records an event with the filter used. */
export async function exportEvents(filter: EventFilter, actor: Actor): Promise<Readable> {
  const detail = Object.fromEntries(
    Object.entries(filter).filter(([, value]) => value !== null && value !== ''),
  );
  const event = { action: 'audit.exported', subject: 'audit', subjectId: 'events', detail } as const;
  await inTransaction(() => recordEvent(actor, event));
  return writeCsv(columns, readEventsInChunks(filter));
}
