import type { Actor } from '../../platform/audit/audit.ts';
import { newReference } from '../../platform/text/support-reference.ts';
import type { Settings } from '../../settings/settings.ts';
import type { SamplePerson } from './people.ts';
import type { Random } from './random.ts';
import type { SampleGroup } from './sample-group.ts';
import { DAY, HOUR, MINUTE, type Schedule } from './simulated-time.ts';
import type { SampleWorker, UndeliverableAddresses } from './worker.ts';

/** What everybody in the story shares. */
export type Simulation = Readonly<{
  now: number;
  at: Schedule;
  random: Random;
  settings: Settings;
  worker: SampleWorker;
  undeliverable: UndeliverableAddresses;
  groups: readonly SampleGroup[];
  adminId: string;
  supportId: string;
}>;

/** Who is invited at an address: those whom the directory has there, and who of them registers. */
export type SampleInvitee = Readonly<{
  email: string;
  people: readonly SamplePerson[];
  /** `parent`: of children whose address this is; `stranger`: the directory knows nobody here. */
  kind: 'adult' | 'minor' | 'parent' | 'stranger';
  /** What the guardian of a minor does the next day; nothing if it isn't said. */
  guardian?: 'grants' | 'refuses';
  /** What follows the registration. */
  onRegistered?: (accountId: string, registeredAt: number) => void;
}>;

/** Somebody at a desk of the office. */
export function staffActor(accountId: string): Actor {
  return { kind: 'account', accountId, ip: '192.0.2.10', requestId: newReference() };
}

/** Somebody at home, at an address of a block that is kept for examples. */
export function visitorActor(random: Random): Actor {
  return { kind: 'visitor', ip: `198.51.100.${random.integer(1, 250)}`, requestId: newReference() };
}

/** Eight o'clock (UTC) in the morning, so many days ago. */
export function morningDaysAgo({ now }: Pick<Simulation, 'now'>, daysAgo: number): number {
  return Math.floor(now / DAY - daysAgo) * DAY + 8 * HOUR;
}

/** Half of the people find time in the evening of the day, the others in the days after; always before now. */
export function pickFreeTime({ now, random }: Simulation, since: number): number {
  const day = Math.floor(since / DAY) + (random.chance(0.5) ? 0 : random.integer(1, 5));
  const evening = day * DAY + 17 * HOUR + random.integer(0, 270) * MINUTE;
  if (evening > since && evening < now - HOUR) return evening;
  return Math.min(since + random.integer(30, 300) * MINUTE, now - HOUR);
}
