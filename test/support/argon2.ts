import type * as argon2 from '@node-rs/argon2';

/** Counts password verifications: response times must not reveal who has an account. */
export const verifications = { count: 0 };

/** For `vi.mock('@node-rs/argon2', countVerifications)`: the real module, with `verify` counted. */
export async function countVerifications(original: <T>() => Promise<T>): Promise<typeof argon2> {
  const real = await original<typeof argon2>();
  const verify: typeof argon2.verify = (...args) => {
    verifications.count += 1;
    return real.verify(...args);
  };
  return { ...real, verify };
}
