import type * as argon2 from '@node-rs/argon2';

/** What the product has asked of argon2 in this test file. */
export const passwordHashing: { verifications: number; options: argon2.Options | undefined } = {
  verifications: 0,
  options: undefined,
};

/** The real module at its lowest cost, for `vi.mock`: at the product's, hashes would take a tenth of the tests' time. */
export async function fastArgon2(original: <T>() => Promise<T>): Promise<typeof argon2> {
  const real = await original<typeof argon2>();
  const hash: typeof argon2.hash = (password, options, ...rest) => {
    passwordHashing.options = options ?? undefined;
    return real.hash(password, { ...options, memoryCost: 8, timeCost: 1 }, ...rest);
  };
  const verify: typeof argon2.verify = (...args) => {
    passwordHashing.verifications += 1;
    return real.verify(...args);
  };
  return { ...real, hash, verify };
}
