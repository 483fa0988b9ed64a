/** How an invitation ends, or stands today. */
export const endings = [
  'accepted',
  'expired',
  'pending',
  'declined',
  'revoked',
  'bounced',
  'failed',
] as const;
export type Ending = (typeof endings)[number];

/** Invitations of one morning. */
export type Wave = Readonly<{
  daysAgo: number;
  endings: Readonly<Partial<Record<Ending, number>>>;
  /** Whether young people with an address of their own are among those who register. */
  hasYoung?: boolean;
}>;

/**
 * Of those of the last week none expires today, and all of the others have: nothing is left for the worker to note or to
 * remind of when the demo starts.
 */
export const waves: readonly Wave[] = [
  { daysAgo: 58, endings: { accepted: 18, expired: 9, declined: 2, revoked: 2, bounced: 2 } },
  { daysAgo: 44, endings: { accepted: 17, expired: 8, declined: 1, revoked: 2, bounced: 1, failed: 1 } },
  { daysAgo: 31, endings: { accepted: 18, expired: 7, declined: 1, revoked: 2, bounced: 1 } },
  { daysAgo: 17, endings: { accepted: 15, expired: 4, declined: 1, revoked: 1, bounced: 1 } },
  { daysAgo: 5, endings: { accepted: 9, pending: 11, declined: 1, revoked: 1, bounced: 1 }, hasYoung: true },
  { daysAgo: 2, endings: { accepted: 4, pending: 14 } },
];
