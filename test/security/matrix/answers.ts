/** A status, or where it leads. */
export type Expected = number | string;

export const all = (answer: Expected) => [answer, answer, answer, answer, answer] as const;
export const staffOnly = (answer: Expected) => ['/sign-in', 403, answer, answer, '/sign-in'] as const;
export const membersOnly = (answer: Expected) => ['/sign-in', answer, answer, answer, '/sign-in'] as const;
export const adminOnly = (answer: Expected) => ['/sign-in', 403, 403, answer, '/sign-in'] as const;

/** Who gets what, in the order of `people`; forms are sent with a right token and nothing typed. */
export type Answers = Record<string, readonly [Expected, Expected, Expected, Expected, Expected]>;
