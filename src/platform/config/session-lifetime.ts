const DAY_MS = 24 * 60 * 60 * 1000;

/** A session ends after 14 days, even if it is in use; and after 12 hours without use, or when the browser is closed. */
export const MAX_SESSION_AGE_MS = 14 * DAY_MS;

/** The session of a member who chose to stay signed in ends after 30 days, whether it is used or not. Never for staff. */
export const STAYING_SESSION_AGE_MS = 30 * DAY_MS;
