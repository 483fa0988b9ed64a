export const ABSOLUTE_LIMIT_MS = 14 * 24 * 60 * 60 * 1000;
