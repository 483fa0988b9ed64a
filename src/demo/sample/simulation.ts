import type { Actor } from '../../platform/audit/audit.ts';
import { newReference } from '../../platform/text/support-reference.ts';
import type { Settings } from '../../settings/settings.ts';
import type { SamplePerson } from './people.ts';
import type { Random } from './random.ts';
import { DAY, HOUR, MINUTE, type Schedule } from './simulated-time.ts';
import type { SampleWorker, UndeliverableAddresses } from './worker.ts';

/** A sample group, which records to invite into it, and how many invitations there are so far. */
export type SampleGroup = {
  id: string;
  belongs: (person: SamplePerson) => boolean;
  joiningCount: number;
  pendingCount: number;
  /** Null until the owner has registered. */
  ownerId: string | null;
};

/** The context of a simulation. */
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

/** An address to invite: the people on file for it, and which of them registers. */
export type SampleInvitee = Readonly<{
  email: string;
  people: readonly SamplePerson[];
  /** Who registers. `parent`: of the children on file for the address; `stranger`: someone not on file. */
  kind: 'adult' | 'minor' | 'parent' | 'stranger';
  /** What a minor's guardian does the next day; undefined for nothing. */
  guardian?: 'grants' | 'refuses';
  /** Called after the registration. */
  onRegistered?: (accountId: string, registeredAt: number) => void;
}>;

/** An actor in the office's network. */
export function staffActor(accountId: string): Actor {
  return { kind: 'account', accountId, ip: '192.0.2.10', requestId: newReference() };
}

/** A visitor with a random address from a documentation range (RFC 5737). */
export function visitorActor(random: Random): Actor {
  return { kind: 'visitor', ip: `198.51.100.${random.integer(1, 250)}`, requestId: newReference() };
}

/** 08:00 UTC, `daysAgo` days ago. */
export function morningDaysAgo({ now }: Pick<Simulation, 'now'>, daysAgo: number): number {
  return Math.floor(now / DAY - daysAgo) * DAY + 8 * HOUR;
}

/** A random time after `since` and before now: half of the people act that evening, the others up to five days later. */
export function pickFreeTime({ now, random }: Simulation, since: number): number {
  const day = Math.floor(since / DAY) + (random.chance(0.5) ? 0 : random.integer(1, 5));
  const evening = day * DAY + 17 * HOUR + random.integer(0, 270) * MINUTE;
  if (evening > since && evening < now - HOUR) return evening;
  return Math.min(since + random.integer(30, 300) * MINUTE, now - HOUR);
}
