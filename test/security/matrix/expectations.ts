/** A status, or where it leads. */
export type Expectation = number | string;

export const everyone = (answer: Expectation) => [answer, answer, answer, answer, answer] as const;
export const staffOnly = (answer: Expectation) => ['/sign-in', 403, answer, answer, '/sign-in'] as const;
export const membersOnly = (answer: Expectation) => ['/sign-in', answer, answer, answer, '/sign-in'] as const;
export const adminOnly = (answer: Expectation) => ['/sign-in', 403, 403, answer, '/sign-in'] as const;

/** Who gets what, in the order of `people`; forms are sent with a right token and nothing typed. */
export type Expectations = Record<
  string,
  readonly [Expectation, Expectation, Expectation, Expectation, Expectation]
>;
