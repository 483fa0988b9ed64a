import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isSameMailbox, mailboxDomains, mailboxOf } from '../../../src/platform/text/mailbox.ts';

const domainOf = (address: string) => address.slice(address.lastIndexOf('@') + 1);

describe('a mailbox', () => {
  it.each([
    ['tom.teen@example.org', 'Tom.Teen+dad@Example.org'],
    ['tom@hotmail.com', 'tom+dad@hotmail.com'],
    ['tom.teen@gmail.com', 'tomteen@gmail.com'],
    ['tomteen@gmail.com', 't.o.m.teen+x@googlemail.com'],
    ['tom@icloud.com', 'tom@me.com'],
    ['tom@mac.com', 'tom+x@icloud.com'],
    ['tom.teen@proton.me', 'tom_teen@pm.me'],
    ['tomteen@protonmail.com', 'Tom-Teen+dad@protonmail.ch'],
    ['tom.teen@yandex.ru', 'tom-teen@ya.ru'],
    ['tom@yandex.com', 'tom+x@yandex.kz'],
    ['tom@fastmail.com', 'dad@tom.fastmail.com'],
    ['tom@fastmail.com', 'tom+dad@fastmail.com'],
    ['tom@yahoo.com', 'tom-dad@yahoo.com'],
    ['tom@yahoo.it', 'tom-dad@yahoo.it'],
    ['tom@yahoo.com.br', 'tom-dad@yahoo.com.br'],
  ])('is the same for %s and %s', (one, other) => {
    expect(isSameMailbox(one, other)).toBe(true);
  });

  it.each([
    ['tom@outlook.com', 'tom@hotmail.com'],
    ['tom.teen@outlook.com', 'tomteen@outlook.com'],
    ['tom.teen@example.org', 'tomteen@example.org'],
    ['tom-dad@example.org', 'tom@example.org'],
    ['tom.teen@icloud.com', 'tomteen@icloud.com'],
    ['tom@gmail.com', 'tim@gmail.com'],
    ['tom@fastmail.com', 'tom@fastmail.fm'],
    ['dad@tom.example.org', 'tom@example.org'],
    ['tom@mail.ru', 'tom@yandex.ru'],
  ])('is different for %s and %s', (one, other) => {
    expect(isSameMailbox(one, other)).toBe(false);
  });
});

describe('for any address', () => {
  const name = fc.stringMatching(/^[a-z0-9]{1,8}([._-][a-z0-9]{1,8}){0,2}$/);
  const domain = fc.constantFrom(
    'gmail.com',
    'googlemail.com',
    'icloud.com',
    'me.com',
    'pm.me',
    'protonmail.com',
    'ya.ru',
    'yandex.com',
    'fastmail.com',
    'yahoo.com',
    'outlook.com',
    'example.org',
  );
  const address = fc.tuple(name, domain).map((parts) => parts.join('@'));

  it('mailboxOf is idempotent', () => {
    fc.assert(fc.property(address, (one) => mailboxOf(mailboxOf(one)) === mailboxOf(one)));
  });

  it('case and a tag make no other mailbox', () => {
    fc.assert(
      fc.property(name, domain, fc.stringMatching(/^[a-z0-9+]{0,8}$/), (given, at, tag) =>
        isSameMailbox(`${given}@${at}`, `${given.toUpperCase()}+${tag}@${at.toUpperCase()}`),
      ),
    );
  });

  it('mailboxDomains contains the domain of every spelling', () => {
    fc.assert(
      fc.property(address, address, (one, other) => {
        const spelled = `${one.split('@')[0]}@${domainOf(other)}`;
        return !isSameMailbox(one, spelled) || mailboxDomains(one).includes(domainOf(spelled));
      }),
    );
    expect(mailboxDomains('dad@tom.fastmail.com')).toContain('fastmail.com');
    expect(mailboxDomains('tom@fastmail.com')).toContain('tom.fastmail.com');
  });
});
