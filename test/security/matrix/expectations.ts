/** A status, or the path of a redirect. */
export type Expectation = number | string;

export const everyone = (response: Expectation) =>
  [response, response, response, response, response] as const;
export const staffOnly = (response: Expectation) =>
  ['/sign-in', 403, response, response, '/sign-in'] as const;
export const membersOnly = (response: Expectation) =>
  ['/sign-in', response, response, response, '/sign-in'] as const;
export const adminOnly = (response: Expectation) => ['/sign-in', 403, 403, response, '/sign-in'] as const;

/** The expected responses by route, in the order of `people`. Forms are sent empty. */
export type Expectations = Record<
  string,
  readonly [Expectation, Expectation, Expectation, Expectation, Expectation]
>;
