import type * as argon2 from '@node-rs/argon2';

/** How often a password was compared with a hash: how long an answer takes must tell nobody who has an account. */
export const verifications = { count: 0 };

/** For `vi.mock('@node-rs/argon2', counted)`: the real thing, counted. */
export async function countVerifications(original: <T>() => Promise<T>): Promise<typeof argon2> {
  const real = await original<typeof argon2>();
  const verify: typeof argon2.verify = (...args) => {
    verifications.count += 1;
    return real.verify(...args);
  };
  return { ...real, verify };
}
