/** A session ends after 14 days, even if it is in use. */
export const MAX_SESSION_AGE_MS = 14 * 24 * 60 * 60 * 1000;
