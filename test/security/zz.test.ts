import { expect, it } from 'vitest';
import { app } from '../support/cast.ts';
it('walks', () => {
  const seen: string[] = [];
  const walk = (stack: any[], indent: string) => { for (const l of stack) { seen.push(indent + (l.route ? `${JSON.stringify(l.route.path)} ${JSON.stringify(l.route.methods)}` : `${l.name} slash=${l.slash} ${l.match?.('/admin')}`)); if (l.handle?.stack && !l.route) walk(l.handle.stack, indent + '  '); } };
  walk((app as any).router.stack, '');
  console.log(seen.join('\n'));
  expect(1).toBe(1);
});
