import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import {
  deriveMailboxCode,
  hashToken,
  isValidMailboxCode,
  reissueLinkToken,
  signLinkToken,
  verifyLinkToken,
} from '../../../src/platform/crypto/signed-links.ts';

const uuid = fc.uuid();

describe('a signed link', () => {
  it('is 66 characters of base64url that contain the link id', () => {
    fc.assert(
      fc.property(uuid, (id) => {
        const token = signLinkToken('invitation', id);
        expect(token).toMatch(/^[A-Za-z0-9_-]{66}$/);
        expect(Buffer.from(token, 'base64url').subarray(1, 17).toString('hex')).toBe(id.replaceAll('-', ''));
        expect(verifyLinkToken('invitation', token)).toBe(id);
      }),
    );
  });

  it('is rejected with any single bit flipped', () => {
    const token = signLinkToken('invitation', '0b57e1c9-4a8d-4f62-b710-9ce5d84f2a63');
    const bytes = Buffer.from(token, 'base64url');
    for (let bit = 0; bit < bytes.length * 8; bit += 1) {
      const flipped = Buffer.from(bytes);
      flipped.writeUInt8(flipped.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
      expect(verifyLinkToken('invitation', flipped.toString('base64url'))).toBeNull();
    }
  });

  it('is rejected in a non-canonical encoding', () => {
    const token = signLinkToken('invitation', '0b57e1c9-4a8d-4f62-b710-9ce5d84f2a63');
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    const variants = [...alphabet]
      .map((last) => token.slice(0, -1) + last)
      .filter((other) => other !== token);
    for (const other of variants) expect(verifyLinkToken('invitation', other)).toBeNull();
  });

  it('is rejected when truncated or changed anywhere', () => {
    fc.assert(
      fc.property(uuid, fc.nat(65), fc.stringMatching(/^[A-Za-z0-9_-]{1,9}$/), (id, position, text) => {
        const token = signLinkToken('invitation', id);
        expect(verifyLinkToken('invitation', token.slice(0, position))).toBeNull();
        const changed = token.slice(0, position) + text + token.slice(position + text.length);
        const isComplete = changed.slice(0, 66) === token || changed.replace(/^3D/, '') === token;
        if (!isComplete) expect(verifyLinkToken('invitation', changed)).toBeNull();
      }),
    );
  });

  it('is accepted with what mail programs and people add to it', () => {
    const added = fc.stringMatching(/^[ \t\r\n.,;:)>"'/=%&\u00a0\u200b\u2028]{0,4}$/);
    fc.assert(
      fc.property(
        uuid,
        fc.nat(66),
        added,
        added,
        fc.string({ maxLength: 200 }),
        (id, position, before, inside, after) => {
          const token = signLinkToken('invitation', id);
          const dirty = `${before}${token.slice(0, position)}${inside}${token.slice(position)}${after.replaceAll('\0', '')}`;
          expect(verifyLinkToken('invitation', dirty)).toBe(id);
          expect(verifyLinkToken('invitation', `3D${dirty}`)).toBe(id);
          expect(verifyLinkToken('password-reset', dirty)).toBeNull();
        },
      ),
    );
  });

  it('is rejected with a NUL byte, and if the input is far too long', () => {
    const token = signLinkToken('invitation', '0b57e1c9-4a8d-4f62-b710-9ce5d84f2a63');
    expect(verifyLinkToken('invitation', `${token}\0`)).toBeNull();
    expect(verifyLinkToken('invitation', token + 'x'.repeat(1000))).toBeNull();
  });

  it('is rejected for another purpose', () => {
    fc.assert(
      fc.property(uuid, (id) => {
        expect(verifyLinkToken('password-reset', signLinkToken('invitation', id))).toBeNull();
      }),
    );
  });

  it('is rejected without an exception for any other value', () => {
    fc.assert(
      fc.property(fc.anything(), (anything) => {
        expect(verifyLinkToken('invitation', anything)).toBeNull();
      }),
      { numRuns: 2000 },
    );
  });

  it('is never matched by 100,000 random strings', () => {
    const strings = fc.sample(
      fc.oneof(fc.string({ unit: 'binary' }), fc.stringMatching(/^[A-Za-z0-9_-]{66}$/)),
      100_000,
    );
    expect(strings.filter((text) => verifyLinkToken('invitation', text) !== null)).toEqual([]);
  });

  it('is different for every id', () => {
    const ids = fc.sample(uuid, 1000);
    expect(new Set(ids.map((id) => signLinkToken('invitation', id))).size).toBe(new Set(ids).size);
  });
});

describe('the key ring', () => {
  const [older, newer, other] = ['11c0ffee', '22c0ffee', '33c0ffee'].map(
    (start) => `${start + '0d1e2f3a4b5c6d7e'.repeat(3)}98badcfe`,
  );
  const importWithKeys = async (...keys: (string | undefined)[]) => {
    vi.resetModules();
    vi.stubEnv('LINK_KEYS', keys.join(','));
    const links = await import('../../../src/platform/crypto/signed-links.ts');
    vi.unstubAllEnvs();
    return links;
  };
  const id = '0b57e1c9-4a8d-4f62-b710-9ce5d84f2a63';

  it('signs with the first key and verifies with all', async () => {
    const before = (await importWithKeys(older)).signLinkToken('invitation', id);
    const rotated = await importWithKeys(newer, older);
    const after = rotated.signLinkToken('invitation', id);
    expect(after).not.toBe(before);
    expect(rotated.verifyLinkToken('invitation', before)).toBe(id);
    expect((await importWithKeys(newer)).verifyLinkToken('invitation', before)).toBeNull();
    expect((await importWithKeys(older)).verifyLinkToken('invitation', after)).toBeNull();
  });

  it('rejects an unknown key id', async () => {
    const token = (await importWithKeys(other)).signLinkToken('invitation', id);
    expect((await importWithKeys(newer, older)).verifyLinkToken('invitation', token)).toBeNull();
  });

  it('reissues a link after a rotation, and throws if its key was removed', async () => {
    const before = (await importWithKeys(older)).signLinkToken('invitation', id);
    const rotated = await importWithKeys(newer, older);
    expect(rotated.reissueLinkToken('invitation', id, hashToken(before))).toBe(before);
    const removed = await importWithKeys(newer);
    expect(() => removed.reissueLinkToken('invitation', id, hashToken(before))).toThrow(
      'no longer in LINK_KEYS',
    );
  });

  it('accepts codes from before a rotation', async () => {
    const code = (await importWithKeys(older)).deriveMailboxCode(id);
    expect((await importWithKeys(newer, older)).isValidMailboxCode(id, code)).toBe(true);
  });
});

describe('a mailbox code', () => {
  it('is six digits, and only these are accepted', () => {
    fc.assert(
      fc.property(uuid, fc.integer({ min: 0, max: 999_999 }), (id, guess) => {
        const code = deriveMailboxCode(id);
        expect(code).toMatch(/^\d{6}$/);
        const typed = String(guess).padStart(6, '0');
        expect(isValidMailboxCode(id, typed)).toBe(typed === code);
        expect(isValidMailboxCode(id, code)).toBe(true);
      }),
    );
  });
});

it('a link is reissued only if its stored hash matches', () => {
  const token = signLinkToken('invitation', '0b57e1c9-4a8d-4f62-b710-9ce5d84f2a63');
  expect(reissueLinkToken('invitation', '0b57e1c9-4a8d-4f62-b710-9ce5d84f2a63', hashToken(token))).toBe(
    token,
  );
  expect(() =>
    reissueLinkToken('invitation', '0b57e1c9-4a8d-4f62-b710-9ce5d84f2a64', hashToken(token)),
  ).toThrow();
});
